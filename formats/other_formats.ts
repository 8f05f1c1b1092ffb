/** Where a format has a text of its own, in ASCII. */
interface Mark {
  readonly format: string;
  /** Texts by their first byte in the file. */
  readonly texts: Readonly<Record<number, string>>;
}

/** Formats of images that are not decoded, for messages. */
const marks: readonly Mark[] = [
  { format: "GIF", texts: { 0: "GIF8" } },
  { format: "BMP", texts: { 0: "BM" } },
  { format: "TIFF", texts: { 0: "II*\0" } },
  { format: "TIFF", texts: { 0: "MM\0*" } },
  { format: "WebP", texts: { 0: "RIFF", 8: "WEBP" } },
  { format: "AVIF", texts: { 4: "ftypavif" } },
  { format: "HEIC", texts: { 4: "ftyphei" } },
  { format: "HEIC", texts: { 4: "ftypmif1" } },
];

/** The format of an image file that is neither PNG nor JPEG, if its first bytes say it. */
export function otherFormat(bytes: Uint8Array): string | undefined {
  const has = (text: string, start: number) =>
    [...text].every((letter, i) => bytes[start + i] === letter.charCodeAt(0));
  return marks.find(({ texts }) =>
    Object.entries(texts).every(([start, text]) => has(text, Number(start)))
  )?.format;
}

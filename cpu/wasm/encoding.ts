/** The byte-level encodings of the WebAssembly binary format. */

/** Appends an unsigned LEB128 integer (used for sizes, indices, and offsets). */
export function pushUnsigned(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

/** Appends a signed LEB128 integer of at most 32 bits. */
export function pushSigned(bytes: number[], value: number): void {
  let rest = value | 0;
  while (rest < -0x40 || rest > 0x3f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  bytes.push(rest & 0x7f);
}

/** Appends a signed LEB128 integer of at most 64 bits. */
export function pushSigned64(bytes: number[], value: bigint): void {
  let rest = BigInt.asIntN(64, value);
  while (rest < -0x40n || rest > 0x3fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest & 0x7fn));
}

/** Any bytes. */
export type Bytes = ArrayLike<number>;

/** Joins bytes. */
export function joinBytes(parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

/** An unsigned LEB128 integer. */
export function unsigned(value: number): readonly number[] {
  const bytes: number[] = [];
  pushUnsigned(bytes, value);
  return bytes;
}

const encoder = new TextEncoder();

/** A name as length-prefixed UTF-8. */
export function nameBytes(name: string): Bytes {
  const utf8 = encoder.encode(name);
  return joinBytes([unsigned(utf8.length), utf8]);
}

/** A section: its id, its byte length, its content. */
export function section(id: number, content: Bytes): Bytes {
  return joinBytes([[id], unsigned(content.length), content]);
}

/** A vector: the number of its entries, and the entries. */
export function vector(entries: readonly Bytes[]): Bytes {
  return joinBytes([unsigned(entries.length), ...entries]);
}

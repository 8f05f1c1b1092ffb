/**
 * Orientation of photographs: cameras store how they were held instead of turning the image.
 * @module
 */
import { viewOf } from "../checkpoint/bytes.ts";
import type { PixelImage } from "./image.ts";

/** "Exif", and two zeros. */
const SIGNATURE = [0x45, 0x78, 0x69, 0x66, 0, 0];

/** The tag of the orientation [Exif 2.3, table 4]. */
const ORIENTATION = 0x0112;

/** The orientation in an APP1 segment, from 1 to 8; 1 (upright) if there is none. */
export function orientationOf(segment: Uint8Array): number {
  const tiff = segment.subarray(SIGNATURE.length);
  if (SIGNATURE.some((byte, i) => segment[i] !== byte) || tiff.length < 8) return 1;
  const view = viewOf(tiff);
  const isLittle = view.getUint16(0) === 0x4949; // "II", as opposed to "MM"
  const first = view.getUint32(4, isLittle);
  if (first + 2 > tiff.length) return 1;
  const entries = view.getUint16(first, isLittle);
  for (let i = 0; i < entries; i++) {
    const at = first + 2 + 12 * i;
    if (at + 12 > tiff.length) return 1;
    if (view.getUint16(at, isLittle) !== ORIENTATION) continue;
    const value = view.getUint16(at + 8, isLittle);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** Turns an image upright. Orientations from 5 on exchange width and height. */
export function upright(image: PixelImage, orientation: number): PixelImage {
  if (orientation === 1) return image;
  const { channels, data: from } = image;
  const isTransposed = orientation >= 5;
  const [width, height] = isTransposed ? [image.height, image.width] : [image.width, image.height];
  const isFlipped = [2, 3, 7, 8].includes(orientation); // left and right of the stored image
  const isUpsideDown = [3, 4, 6, 7].includes(orientation);
  const data = new Uint8Array(from.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [across, down] = isTransposed ? [y, x] : [x, y];
      const column = isFlipped ? image.width - 1 - across : across;
      const row = isUpsideDown ? image.height - 1 - down : down;
      const source = (row * image.width + column) * channels;
      const target = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) data[target + c] = from[source + c]!;
    }
  }
  return { width, height, channels, data };
}

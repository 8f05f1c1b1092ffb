/** Access to bytes in memory. */

/** A view of exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One array with the bytes of all parts. */
export function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Reverses the byte order of elements of `size` bytes. */
export function swapByteOrder(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.map((_, at) => {
    const inElement = at % size;
    return bytes[at - inElement + (size - 1 - inElement)]!;
  });
}

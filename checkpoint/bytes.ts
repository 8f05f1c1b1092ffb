/** Access to bytes in memory. */

/** A view of exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reverses the byte order of elements of `size` bytes. */
export function swapByteOrder(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.map((_, at) => {
    const inElement = at % size;
    return bytes[at - inElement + (size - 1 - inElement)]!;
  });
}

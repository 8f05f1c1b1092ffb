/** The taps of a convolution as vectors of a panel, which may hold several taps. */

/** Where the sums of all taps are. */
export interface TapVectors {
  readonly vectorBytes: number;
  /** Byte offset of each vector in a frame, relative to a result's position. */
  readonly offsets: readonly number[];
  /** For each tap, its vector, and its byte offset in that. */
  readonly places: readonly { readonly vector: number; readonly byteOffset: number }[];
}

/**
 * Puts taps at adjacent pixels into one vector if pixels are smaller than vectors. Vectors are in the
 * order of taps if each has one.
 */
export function vectorsOfTaps(
  taps: readonly number[],
  { pixelBytes, vectorBytes }: { pixelBytes: number; vectorBytes: number },
): TapVectors {
  const offsets: number[] = [];
  const places: { vector: number; byteOffset: number }[] = [];
  const order = [...taps.keys()];
  if (pixelBytes < vectorBytes) order.sort((a, b) => taps[a]! - taps[b]!);
  for (const tap of order) {
    const byteOffset = taps[tap]! - (offsets.at(-1) ?? -Infinity);
    const isInside = byteOffset >= 0 && byteOffset + pixelBytes <= vectorBytes;
    if (!isInside) offsets.push(taps[tap]!);
    places[tap] = { vector: offsets.length - 1, byteOffset: isInside ? byteOffset : 0 };
  }
  return { vectorBytes, offsets, places };
}

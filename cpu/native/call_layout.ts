/**
 * Byte offsets in a call, the block of memory through which WebAssembly passes arguments to a tile.
 * Each thread has its own.
 */
export const CALL = {
  /** Position of the tile's code in that of the program. */
  code: 0,
  /** Byte addresses of the operands in the heap. */
  a: 4,
  b: 8,
  c: 12,
  /** Iterations of a loop whose number is not constant; at least 1. */
  turns: 16,
  /** Number of tiles to compute; at least 1. */
  tiles: 20,
  /** Whether to add the sums to those in C. */
  add: 24,
} as const;

/** Byte offset of the words for a loop over vectors. */
export const ARGUMENTS = 64;

/** Most of these words. */
export const MOST_ARGUMENTS = 112;

/** Byte offset of the vectors that such a loop gives back. */
export const RESULTS: number = ARGUMENTS + 4 * MOST_ARGUMENTS;

/** Most elements of these vectors. */
export const MOST_RESULTS = 64;

/** Bytes of a call: whole cache lines, so that threads do not share one. */
export const CALL_BYTES: number = RESULTS + 4 * MOST_RESULTS;

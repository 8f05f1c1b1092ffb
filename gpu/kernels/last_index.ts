/**
 * The last index of an element (unit 1) or a vec4 (unit 4) in 2 GiB. A mask with it tells compilers
 * that an index plus a constant does not overflow, so that the constant becomes a part of the load's
 * instruction.
 */
export function lastIndex(unit: 1 | 4): string {
  return `${2 ** 29 / unit - 1}i`;
}

/** The smallest mask that keeps numbers from 0 to `most`. It tells compilers how large they get. */
export function maskOf(most: number): string {
  return `${2 ** Math.ceil(Math.log2(most + 1)) - 1}i`;
}

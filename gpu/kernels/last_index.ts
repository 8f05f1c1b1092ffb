/**
 * The last index of an element (unit 1) or a vec4 (unit 4) in 2 GiB. A mask with it tells compilers
 * that an index plus a constant does not overflow, so that the constant becomes a part of the load's
 * instruction.
 */
export function lastIndex(unit: 1 | 4): string {
  return `${2 ** 29 / unit - 1}i`;
}

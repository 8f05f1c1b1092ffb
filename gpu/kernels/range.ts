/** The numbers from 0 to `length` − 1, for unrolled code. */
export function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

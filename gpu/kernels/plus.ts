/** WGSL for the sum of an `i32` and a constant. */
export function plus(text: string, offset: number): string {
  return offset === 0 ? text : `${text} + ${offset}i`;
}

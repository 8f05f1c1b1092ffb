/** Whether a reduction has nothing to do. */
export function isNoAxis(axes: readonly number[]): boolean {
  return Array.isArray(axes) && axes.length === 0;
}

/** Axes from the first to the last; what is no list is for `infer` to refuse. */
export function ascending(axes: readonly number[]): readonly number[] {
  return Array.isArray(axes) ? axes.toSorted((a, b) => a - b) : axes;
}

/** Whether the list of axes is empty, so that there is nothing to reduce. */
export function isNoAxis(axes: readonly number[]): boolean {
  return Array.isArray(axes) && axes.length === 0;
}

/** The axes in ascending order. Anything but an array is returned as it is; `infer` rejects it. */
export function ascending(axes: readonly number[]): readonly number[] {
  return Array.isArray(axes) ? axes.toSorted((a, b) => a - b) : axes;
}

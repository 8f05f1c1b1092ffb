import { axisOfRank, checkOption } from "../check_value.ts";
import { ShapeError } from "../errors.ts";
import type { Node } from "../node.ts";
import { formatType } from "../types.ts";

/**
 * Checks that a value has an axis, for the op `name`.
 * @throws {ShapeError} if it does not
 */
export function checkAxis(name: string, { type }: Node, axis: number): void {
  checkOption(
    () => `apply ${name} to ${formatType(type)}`,
    { axis },
    axisOfRank(type.shape.length),
    ShapeError,
  );
}

/** Whether the list of axes is empty, so that there is nothing to reduce. */
export function isNoAxis(axes: readonly number[]): boolean {
  return Array.isArray(axes) && axes.length === 0;
}

/** The axes in ascending order. Anything but an array is returned as it is; `infer` rejects it. */
export function ascending(axes: readonly number[]): readonly number[] {
  return Array.isArray(axes) ? axes.toSorted((a, b) => a - b) : axes;
}

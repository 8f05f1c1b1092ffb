/** Walking the positions of a shape in row-major order. */
import { elementCount, type Shape } from "../types.ts";

/** Calls `body` at every position of `shape`, in row-major order. */
export function forEachPosition(coords: Int32Array, shape: Shape, body: () => void): void {
  const count = elementCount(shape);
  coords.fill(0);
  for (let i = 0; i < count; i++) {
    body();
    advance(coords, shape);
  }
}

/** Moves to the next position in row-major order; after the last comes the first. */
export function advance(coords: Int32Array, shape: Shape): void {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    coords[axis]!++;
    if (coords[axis]! < shape[axis]!) return;
    coords[axis] = 0;
  }
}

/** Moves to the position with row-major index `row`. */
export function setPosition(coords: Int32Array, shape: Shape, row: number): void {
  let rest = row;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    coords[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
}

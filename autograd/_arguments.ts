import { elementCount, type Shape, ShapeError } from "../graph/mod.ts";

/** Numbers in arrays in arrays … */
export type Nested = number | boolean | readonly Nested[];

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(index) || index < 0 || index >= rank) {
    throw new ShapeError(`Cannot use axis ${axis}: it must be in [${-rank}, ${rank - 1}]`);
  }
  return index;
}

/** Axes counted from the front; all of them unless told. */
export function axesOf(axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  return (typeof axes === "number" ? [axes] : axes).map((axis) => axisOf(axis, rank));
}

/** Fills in a size of −1. */
export function inferShape(shape: Shape, count: number): Shape {
  const unknown = shape.indexOf(-1);
  if (unknown < 0) return shape;
  if (shape.includes(-1, unknown + 1)) {
    throw new ShapeError(
      `Cannot reshape ${count} elements to [${shape.join(", ")}]: only one size may be −1`,
    );
  }
  const size = count / elementCount(shape.toSpliced(unknown, 1));
  if (!Number.isInteger(size)) {
    throw new ShapeError(
      `Cannot reshape ${count} elements to [${shape.join(", ")}]: the −1 has no whole solution`,
    );
  }
  return shape.with(unknown, size);
}

/** The numbers of nested arrays in row-major order, and their shape. */
export function numbersOf(data: Nested): { numbers: number[]; shape: number[] } {
  const shape: number[] = [];
  for (let level = data; typeof level === "object"; level = level[0] ?? 0) shape.push(level.length);
  const numbers: number[] = [];
  const visit = (part: Nested, axis: number): void => {
    if (typeof part !== "object") {
      if (axis !== shape.length) throw ragged(shape);
      if (typeof part !== "number" && typeof part !== "boolean") {
        throw new TypeError(
          `Cannot make a tensor of ${typeof part}: elements must be numbers or booleans`,
        );
      }
      numbers.push(Number(part));
      return;
    }
    if (part.length !== shape[axis]) throw ragged(shape);
    part.forEach((inner) => visit(inner, axis + 1));
  };
  visit(data, 0);
  return { numbers, shape };
}

function ragged(shape: Shape): ShapeError {
  return new ShapeError(
    `Cannot make a tensor of nested arrays: all must have the lengths [${shape.join(", ")}]`,
  );
}

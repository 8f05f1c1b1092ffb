import {
  checkOption,
  elementCount,
  formatFound,
  listOf,
  type Shape,
  ShapeError,
  shapeSizes,
  type ValueRule,
  wholeIn,
} from "../graph/mod.ts";

/** Numbers in arrays in arrays … */
export type Nested = number | boolean | readonly Nested[];

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  checkOption("choose an axis", { axis }, anyAxis(rank), ShapeError);
  return axis < 0 ? axis + rank : axis;
}

/** Axes counted from the front. Default: all of them. */
export function axesOf(axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = typeof axes === "number" ? [axes] : axes;
  checkOption("choose axes", { axes: list }, listOf(anyAxis(rank)), ShapeError);
  return list.map((axis) => axisOf(axis, rank));
}

/** The axes of an order, one for each of a value's, counted from the front. */
export function orderOf(order: readonly number[], rank: number): number[] {
  checkOption("permute axes", { order }, listOf(anyAxis(rank), rank), ShapeError);
  return order.map((axis) => axisOf(axis, rank));
}

/** An axis counted from the front, or a negative one from the end. */
function anyAxis(rank: number): ValueRule {
  return wholeIn(-rank, rank - 1);
}

const sizesRule: ValueRule = {
  text: `${shapeSizes.text}, of which one may be -1`,
  holds: listOf(wholeIn(-1, Number.MAX_SAFE_INTEGER)).holds,
};

/** Fills in a size of −1. */
export function inferShape(shape: Shape, count: number): Shape {
  checkOption(`reshape ${count} elements`, { shape }, sizesRule, ShapeError);
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
  for (let level = data; Array.isArray(level); level = level[0] ?? 0) shape.push(level.length);
  const numbers: number[] = [];
  const visit = (part: Nested, axis: number): void => {
    if (!Array.isArray(part)) {
      if (axis !== shape.length) throw ragged(shape);
      if (typeof part !== "number" && typeof part !== "boolean") {
        throw new TypeError(
          `Cannot make a tensor of ${formatFound(part)}: elements must be numbers or booleans`,
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

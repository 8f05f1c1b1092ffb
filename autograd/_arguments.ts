import {
  callable,
  checkOption,
  type DType,
  elementCount,
  formatFound,
  formatType,
  listOf as listRule,
  type Node,
  type Shape,
  ShapeError,
  shapeSizes,
  type ValueRule,
  wholeIn,
} from "../graph/mod.ts";

/** A number or boolean, or arrays of them nested to any depth. */
export type Nested = number | boolean | readonly Nested[];

/** Rejects values that are not functions, such as the result in place of the function. */
export function mustBeFunction(action: string, fn: unknown): void {
  checkOption(action, { fn }, callable, TypeError);
}

/** Resolves a possibly negative axis to one in [0, rank). */
export function axisOf(axis: number, rank: number): number {
  checkOption("choose an axis", { axis }, anyAxis(rank), ShapeError);
  return axis < 0 ? axis + rank : axis;
}

/** Resolves possibly negative axes to ones in [0, rank). Default: all axes. */
export function axesOf(axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = typeof axes === "number" ? [axes] : axes;
  checkOption("choose axes", { axes: list }, listRule(anyAxis(rank)), ShapeError);
  return list.map((axis) => axisOf(axis, rank));
}

/** The numbers of a list of arguments, or of the one list among them. */
export function listOf(args: readonly number[] | readonly [readonly number[]]): readonly number[] {
  const [first] = args;
  return args.length === 1 && Array.isArray(first) ? first : args as readonly number[];
}

/** The bounds of a clamp, of which one may be missing. */
export function clampBounds(
  { type }: Node,
  low: number | undefined,
  high: number | undefined,
): readonly [number, number] {
  if (low === undefined && high === undefined) {
    throw new RangeError(
      `Cannot clamp ${formatType(type)}: low or high must be given: current is neither`,
    );
  }
  const [least, most] = extremes[type.dtype];
  return [low === undefined ? least : low, high === undefined ? most : high];
}

/** The smallest and the largest element of each dtype. */
const extremes: Readonly<Record<DType, readonly [number, number]>> = {
  f32: [-Infinity, Infinity],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  bool: [0, 1],
  u8: [0, 255],
};

/** Resolves the axes of a permutation, of which there must be `rank`, to ones in [0, rank). */
export function orderOf(order: readonly number[], rank: number): number[] {
  checkOption("permute axes", { order }, listRule(anyAxis(rank), rank), ShapeError);
  return order.map((axis) => axisOf(axis, rank));
}

/** Accepts axes in [−rank, rank); negative ones count from the end. */
export function anyAxis(rank: number): ValueRule {
  return rank === 0 ? noAxis : wholeIn(-rank, rank - 1);
}

const noAxis: ValueRule = {
  text: "a number of an axis: a scalar has none",
  holds: () => false,
};

const sizesRule: ValueRule = {
  text: `${shapeSizes.text}, of which one may be -1`,
  holds: listRule(wholeIn(-1, Number.MAX_SAFE_INTEGER)).holds,
};

/** Replaces a size of −1 by the one that `count` elements require. */
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
      `Cannot reshape ${count} elements to [${shape.join(", ")}]: no whole size fits for the −1`,
    );
  }
  return shape.with(unknown, size);
}

/** Flattens nested arrays to their elements in row-major order, and finds their shape. */
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

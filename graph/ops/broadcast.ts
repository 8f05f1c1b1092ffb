import { moves } from "../element.ts";
import { axisOfRank, checkOption, listOf, shapeSizes } from "../check_value.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { ascending, isNoAxis } from "./_axes.ts";
import { laterAxes, withAttrs } from "./_vmap.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { linearIndex, positionOf, s, type Scalar } from "../scalar/mod.ts";
import { checkElements } from "../sizes.ts";
import { elementCount, formatType, sameShape, type Shape, type TensorType } from "../types.ts";

/** Attributes of `reshape` and `broadcastTo`. */
export interface ShapeAttrs {
  /** Shape of the result. */
  readonly shape: Shape;
}

const reshapeOp: Op<ShapeAttrs> = {
  name: "reshape",
  lowering: moves(({ coords, type, inputs: [x], read }) =>
    read(0, reshapeCoords(coords, type.shape, x!.shape))
  ),
  infer: ([x], { shape }) => {
    checkOption(() => `reshape ${formatType(x!)}`, { shape }, shapeSizes, ShapeError);
    if (elementCount(shape) !== elementCount(x!.shape)) {
      throw new ShapeError(
        `Cannot reshape ${formatType(x!)} to [${
          shape.join(", ")
        }]: element counts must be equal: ` +
          `current counts are ${elementCount(x!.shape)} and ${elementCount(shape)}`,
      );
    }
    const { head, tail } = commonAxes(x!.shape, shape);
    const numbered = { dtype: x!.dtype, shape: shape.slice(head, shape.length - tail) };
    checkElements(`reshape ${formatType(x!)} to [${shape.join(", ")}]`, numbered);
    return { dtype: x!.dtype, shape };
  },
  vjp: (g, { inputs: [x] }) => [reshape(g, x!.type.shape)],
  vmap: withAttrs(({ shape }, size) => ({ shape: [size, ...shape] })),
};

/** The number of leading and trailing axes that two shapes share. A reshape preserves those. */
function commonAxes(from: Shape, to: Shape): { head: number; tail: number } {
  let head = 0;
  while (head < from.length && head < to.length && from[head] === to[head]) head++;
  let tail = 0;
  while (
    tail < from.length - head && tail < to.length - head &&
    from[from.length - 1 - tail] === to[to.length - 1 - tail]
  ) tail++;
  return { head, tail };
}

/**
 * Maps coordinates through a reshape. Shared axes keep their coordinate; only the others need
 * divisions.
 */
function reshapeCoords(coords: readonly Scalar[], from: Shape, to: Shape): Scalar[] {
  const { head, tail } = commonAxes(from, to);
  const index = linearIndex(
    coords.slice(head, coords.length - tail),
    from.slice(head, from.length - tail),
  );
  return [
    ...coords.slice(0, head),
    ...positionOf(index, to.slice(head, to.length - tail)),
    ...coords.slice(coords.length - tail),
  ];
}

/** Whether x already has this shape. Anything but an array is false; `infer` rejects it. */
function isShape(x: Node, shape: Shape): boolean {
  return Array.isArray(shape) && sameShape(x.type.shape, shape);
}

/** The same elements, in row-major order, with another shape. */
export const reshape: ((x: Node, shape: Shape) => Node) & Builder<ShapeAttrs> = defineBuilder(
  reshapeOp,
  (x: Node, shape: Shape) => isShape(x, shape) ? x : makeNode(reshapeOp, [x], { shape }),
);

const broadcastToOp: Op<ShapeAttrs> = {
  name: "broadcastTo",
  lowering: moves(({ coords, inputs: [x], read }) => {
    const added = coords.length - x!.shape.length;
    return read(0, x!.shape.map((size, i) => size === 1 ? s.int(0) : coords[i + added]!));
  }),
  infer: ([x], { shape }) => {
    checkOption(() => `broadcast ${formatType(x!)}`, { shape }, shapeSizes, ShapeError);
    const added = shape.length - x!.shape.length;
    const fits = added >= 0 &&
      x!.shape.every((size, i) => size === 1 || size === shape[i + added]);
    if (!fits) {
      throw new ShapeError(
        `Cannot broadcast ${formatType(x!)} to [${shape.join(", ")}]: each size, aligned at the ` +
          "last axis, must be equal or 1",
      );
    }
    return { dtype: x!.dtype, shape };
  },
  vjp: (g, { inputs: [x] }) => {
    const { shape } = x!.type;
    const added = g.type.shape.length - shape.length;
    const axes = g.type.shape.flatMap((size, i) =>
      i < added || (shape[i - added] === 1 && size !== 1) ? [i] : []
    );
    return [reshape(reduceSum(g, axes), shape)];
  },
  vmap: ({ inputs: [x], attrs: { shape }, size }) => {
    const own = x!.type.shape.slice(1);
    const added = shape.slice(own.length).map(() => 1);
    return broadcastTo(reshape(x!, [size, ...added, ...own]), [size, ...shape]);
  },
};

/** Repeats x along axes of size one and along new leading axes, as NumPy does. */
export const broadcastTo: ((x: Node, shape: Shape) => Node) & Builder<ShapeAttrs> = defineBuilder(
  broadcastToOp,
  (x: Node, shape: Shape) => isShape(x, shape) ? x : makeNode(broadcastToOp, [x], { shape }),
);

/** The common shape that all of these broadcast to, by NumPy's rules. */
export function broadcastShapes(shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const size = sizes.find((other) => other !== 1) ?? 1;
    if (sizes.some((other) => other !== 1 && other !== size)) {
      throw new ShapeError(
        `Cannot broadcast ${shapes.map((shape) => `[${shape.join(", ")}]`).join(" and ")}: ` +
          `each size, aligned at the last axis, must be equal or 1: current sizes are ${
            sizes.join(" and ")
          }`,
      );
    }
    return size;
  });
}

/** Attributes of reductions. */
export interface AxesAttrs {
  /** The axes to reduce, ascending. They are removed from the shape. */
  readonly axes: readonly number[];
}

/** The result type of a reduction over `axes`. */
export function inferReduce(x: TensorType, axes: readonly number[], name: string): TensorType {
  const action = () => `apply ${name} to ${formatType(x)}`;
  checkOption(action, { axes }, listOf(axisOfRank(x.shape.length)), ShapeError);
  if (new Set(axes).size !== axes.length) {
    throw new ShapeError(`Cannot ${action()}: axes must differ: current is [${axes.join(", ")}]`);
  }
  if (x.dtype === "bool" || x.dtype === "u8") {
    throw new DTypeError(
      `Cannot apply ${name} to ${
        formatType(x)
      }: elements must be f32, i32, or u32: cast them first`,
    );
  }
  return { dtype: x.dtype, shape: x.shape.filter((_, axis) => !axes.includes(axis)) };
}

/** Restores reduced axes: reinserts them with size 1, then broadcasts to `shape`. */
export function broadcastBack(x: Node, axes: readonly number[], shape: Shape): Node {
  const kept = shape.map((size, axis) => axes.includes(axis) ? 1 : size);
  return broadcastTo(reshape(x, kept), shape);
}

const reduceSumOp: Op<AxesAttrs> = {
  name: "reduceSum",
  lowering: { kind: "reduce", combine: "sum" },
  infer: ([x], { axes }) => inferReduce(x!, axes, "reduceSum"),
  vjp: (g, { inputs: [x], attrs }) => [broadcastBack(g, attrs.axes, x!.type.shape)],
  vmap: laterAxes,
};

/** The sum over `axes`, which are removed. */
export const reduceSum: ((x: Node, axes: readonly number[]) => Node) & Builder<AxesAttrs> =
  defineBuilder(
    reduceSumOp,
    (x: Node, axes: readonly number[]) =>
      isNoAxis(axes) ? x : makeNode(reduceSumOp, [x], { axes: ascending(axes) }),
  );

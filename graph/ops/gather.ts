import { axisOfRank, checkOption, nonNegativeWhole, wholeIn } from "../check_value.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { s, type Scalar } from "../scalar/mod.ts";
import { elementCount, formatType, rowMajorStrides, sameShape, type Shape } from "../types.ts";
import { add, equal, fullLike, maximum, minimum, mul, select } from "./arithmetic.ts";
import { broadcastTo, reduceSum, reshape } from "./broadcast.ts";
import { cast } from "./functions.ts";
import { iota } from "./source.ts";

/** Attributes of `gather`. */
export interface GatherAttrs {
  /** The axis to gather along. */
  readonly axis: number;
}

/** The signature of `gather`. */
export type GatherFunction = (x: Node, indices: Node, axis?: number) => Node;
/** The builder of `gather` nodes. */
export type GatherBuilder = GatherFunction & Builder<GatherAttrs>;

const gatherOp: Op<GatherAttrs> = {
  name: "gather",
  lowering: {
    kind: "element",
    view: true,
    element: ({ coords, attrs: { axis }, inputs: [x, indices], read }) => {
      const rank = indices!.shape.length;
      const index = read(1, coords.slice(axis, axis + rank));
      const inside = clampScalar(index, x!.shape[axis]!);
      return read(0, [...coords.slice(0, axis), inside, ...coords.slice(axis + rank)]);
    },
  },
  infer: ([x, indices], { axis }) => {
    const what = `Cannot gather from ${formatType(x!)} along axis ${axis}`;
    if (indices!.dtype !== "i32") {
      throw new DTypeError(`${what}: indices must be i32: current type is ${formatType(indices!)}`);
    }
    const action = () => `gather from ${formatType(x!)}`;
    checkOption(action, { axis }, axisOfRank(x!.shape.length), ShapeError);
    if (x!.shape[axis] === 0 && elementCount(indices!.shape) > 0) {
      throw new ShapeError(`${what}: indices must be empty, because an axis has size 0`);
    }
    return { dtype: x!.dtype, shape: x!.shape.toSpliced(axis, 1, ...indices!.shape) };
  },
  vjp: (g, { inputs: [x, indices], attrs: { axis } }) => {
    const size = x!.type.shape[axis]!;
    return [scatterSum(g, clampNode(indices!, size), axis, size), null];
  },
};

/** Clamps an index to an axis of this size. */
function clampScalar(index: Scalar, size: number): Scalar {
  return s.max(s.min(index, s.int(size - 1)), s.int(0));
}

/** Clamps indices to an axis of this size. */
function clampNode(indices: Node, size: number): Node {
  return maximum(minimum(indices, fullLike(indices, size - 1)), fullLike(indices, 0));
}

/**
 * The elements of x at `indices` (i32) along an axis. The axes of `indices` replace that axis.
 * Out-of-range indices are clamped.
 */
export const gather: GatherBuilder = defineBuilder<GatherAttrs, GatherFunction>(
  gatherOp,
  (x, indices, axis = 0) => makeNode(gatherOp, [x, indices], { axis }),
);

/**
 * Row-major positions in a tensor of `shape` given one tensor of indices (i32) for each axis.
 * Out-of-range indices are clamped.
 */
export function flatPosition(shape: Shape, indices: readonly Node[]): Node {
  const strides = rowMajorStrides(shape);
  return indices
    .map((index, axis) => {
      const inside = clampNode(index, shape[axis]!);
      return mul(inside, fullLike(inside, strides[axis]!));
    })
    .reduce(add);
}

const elementsAtOp: Op = {
  name: "elementsAt",
  lowering: {
    kind: "element",
    view: true,
    element: ({ coords, inputs: [x], read }) =>
      read(0, x!.shape.map((size, axis) => clampScalar(read(1 + axis, coords), size))),
  },
  infer: ([x, ...indices]) => {
    const what = `Cannot take elements of ${formatType(x!)}`;
    const [first] = indices;
    if (!first || indices.length !== x!.shape.length) {
      throw new ShapeError(
        `${what}: there must be at least one axis, and one index tensor for each axis: current number is ` +
          `${indices.length}`,
      );
    }
    for (const index of indices) {
      if (index.dtype === "i32" && sameShape(index.shape, first.shape)) continue;
      const rule = "indices must be i32 and have the same shape";
      const list = indices.map(formatType).join(", ");
      const Kind = index.dtype === "i32" ? ShapeError : DTypeError;
      throw new Kind(`${what}: ${rule}: current types are ${list}`);
    }
    if (x!.shape.includes(0) && elementCount(first.shape) > 0) {
      throw new ShapeError(`${what}: indices must be empty, because an axis has size 0`);
    }
    return { dtype: x!.dtype, shape: first.shape };
  },
  vjp: (g, { inputs: [x, ...indices] }) => {
    const { shape } = x!.type;
    const position = flatPosition(shape, indices);
    const list = [elementCount(g.type.shape)];
    const sums = scatterSum(reshape(g, list), reshape(position, list), 0, elementCount(shape));
    return [reshape(sums, shape), ...indices.map(() => null)];
  },
};

/**
 * The elements of x at arbitrary positions: `indices` has one tensor (i32) for each axis of x, all
 * with the shape of the result, and result[p] is x[indices[0][p], indices[1][p], …]. Out-of-range
 * indices are clamped.
 */
export const elementsAt: ((x: Node, indices: readonly Node[]) => Node) & Builder = defineBuilder(
  elementsAtOp,
  (x: Node, indices: readonly Node[]) => makeNode(elementsAtOp, [x, ...indices], {}),
);

/**
 * Adds each element of g at its index along `axis`: the transpose of `gather`. Elements with
 * out-of-range indices are dropped.
 */
export function scatterSum(g: Node, indices: Node, axis: number, size: number): Node {
  const { shape } = g.type;
  const rank = indices.type.shape.length;
  const action = () => `add up ${formatType(g.type)} at indices`;
  checkOption(action, { axis }, wholeIn(0, shape.length - rank), ShapeError);
  checkOption(action, { size }, nonNegativeWhole, ShapeError);
  const before = shape.slice(0, axis);
  const after = shape.slice(axis + rank);
  // [before…, size, indices…, after…]: g where the index is the position, else 0
  const full = [...before, size, ...indices.type.shape, ...after];
  const spread = broadcastTo(reshape(g, [...before, 1, ...shape.slice(axis)]), full);
  const wanted = broadcastTo(
    reshape(indices, [...before.map(() => 1), 1, ...indices.type.shape, ...after.map(() => 1)]),
    full,
  );
  const hit = equal(wanted, iota(full, axis));
  const axes = indices.type.shape.map((_, i) => axis + 1 + i);
  return reduceSum(select(hit, spread, fullLike(spread, 0)), axes);
}

/** f32 [indices…, classes]: 1 where the last position is the index, else 0. */
export function oneHot(indices: Node, classes: number): Node {
  checkOption("make one-hot vectors", { classes }, nonNegativeWhole);
  const shape = [...indices.type.shape, classes];
  const wanted = broadcastTo(reshape(indices, [...indices.type.shape, 1]), shape);
  return cast(equal(wanted, iota(shape, shape.length - 1)), "f32");
}

import { moves } from "../element.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { elementCount, formatType, rowMajorStrides, sameShape, type Shape } from "../types.ts";
import { add, fullLike, mul } from "./arithmetic.ts";
import { reshape } from "./broadcast.ts";
import { clampNode, clampScalar, gather, scatterSum } from "./gather.ts";
import { iota } from "./source.ts";

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
  lowering: moves(
    ({ coords, inputs: [x], read }) =>
      read(0, x!.shape.map((size, axis) => clampScalar(read(1 + axis, coords), size))),
    {
      deviceForm: ({ inputs }, _attrs, { mostOperands }) =>
        inputs.length > mostOperands ? gatherPositions(inputs) : undefined,
    },
  ),
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
  vmap: ({ all }) => {
    const [x, ...indices] = all();
    return elementsAt(x!, [iota(indices[0]!.type.shape, 0), ...indices]);
  },
};

/** The same elements, gathered at their row-major positions. */
function gatherPositions([x, ...indices]: readonly Node[]): Node {
  const { shape } = x!.type;
  return gather(reshape(x!, [elementCount(shape)]), flatPosition(shape, indices));
}

/**
 * The elements of x at arbitrary positions: `indices` has one tensor (i32) for each axis of x, all
 * with the shape of the result, and result[p] is x[indices[0][p], indices[1][p], …]. Out-of-range
 * indices are clamped.
 */
export const elementsAt: ((x: Node, indices: readonly Node[]) => Node) & Builder = defineBuilder(
  elementsAtOp,
  (x: Node, indices: readonly Node[]) => makeNode(elementsAtOp, [x, ...indices], {}),
);

import type { MatrixOperand } from "../kernel.ts";
import { is, type Node } from "../node.ts";
import { broadcastTo, reshape } from "../ops/broadcast.ts";
import { gradient, stopGradient } from "../ops/markers.ts";
import { permute, slice } from "../ops/views.ts";
import { s, type Scalar, strideAlong } from "../scalar/mod.ts";
import { MOST_DEPTH } from "./limit_depth.ts";
import { rowMajorStrides } from "../types.ts";
import { Inliner } from "./inline.ts";

/** A matrix operand that refers to a node instead of a slot. */
export type Operand = Omit<MatrixOperand, "slot"> & { readonly source: Node };

const strided = [permute, reshape, broadcastTo, slice, gradient, stopGradient];

/** The base of a chain of strided views, or the view at which the chain gets too long. */
function baseOf(node: Node): Node {
  let base = node;
  for (let views = 0; views < MOST_DEPTH && strided.some((view) => is(base, view)); views++) {
    base = base.inputs[0]!;
  }
  return base;
}

/** How a kernel reads the elements of `node` in row-major order. */
export function rowMajorOperand(node: Node): Operand {
  let source = node;
  while ([reshape, gradient, stopGradient].some((view) => is(source, view))) {
    source = source.inputs[0]!;
  }
  const strides = rowMajorStrides(node.type.shape);
  const [rowStride = 0, columnStride = 1] = strides.slice(-2);
  return { source, offset: 0, batchStrides: strides.slice(0, -2), rowStride, columnStride };
}

/**
 * How a kernel reads `node` as a matrix. If its views can be expressed as strides, one of which is
 * 1, the kernel reads the memory of their base; otherwise `node` is materialized.
 */
export function operandOf(node: Node): Operand {
  const base = baseOf(node);
  return stridedOperand(node, base, base) ??
    stridedOperand(node, reshapedOf(node, base), base) ??
    stridedOperand(node, node, node)!;
}

/** The view of `base` that has its elements in the same order, but the shape that others see. */
function reshapedOf(node: Node, base: Node): Node {
  const chain = [node];
  while (chain.at(-1) !== base) chain.push(chain.at(-1)!.inputs[0]!);
  const other = chain.findLastIndex((view) => view !== base && !is(view, reshape));
  return chain[other + 1]!;
}

/** How `node` is read if `seen`, a view of it, is in memory: in the memory of `source`. */
function stridedOperand(node: Node, seen: Node, source: Node): Operand | undefined {
  const { shape } = node.type;
  const coords = shape.map((size, axis) => s.axis(axis, size));
  const load = new Inliner(new Set([seen])).element(node, coords);
  if (load.op !== "load") return undefined;
  const strides = shape.map((_, axis) => strideAlong(load.index, axis));
  if (strides.some((stride) => stride === undefined || stride < 0)) return undefined;
  const [rowStride, columnStride] = strides.slice(-2) as [number, number];
  const [rows, columns] = shape.slice(-2) as [number, number];
  if (rowStride !== 1 && columnStride !== 1 && rows > 1 && columns > 1) return undefined;
  return {
    source,
    offset: offsetOf(load.index),
    batchStrides: strides.slice(0, -2).map((stride) => stride!),
    rowStride,
    columnStride,
  };
}

/** The value of an affine index where all axes are 0. */
function offsetOf(index: Scalar): number {
  if (index.op === "const") return index.value;
  if (index.op !== "add" && index.op !== "sub" && index.op !== "mul") return 0;
  const [a, b] = index.args.map(offsetOf) as [number, number];
  return index.op === "add" ? a + b : index.op === "sub" ? a - b : a * b;
}

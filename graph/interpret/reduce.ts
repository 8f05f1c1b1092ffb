import type { Combine } from "../kernel.ts";
import type { Node } from "../node.ts";
import { elementCount, rowMajorStrides, type TensorType } from "../types.ts";
import { wrap } from "../scalar/functions.ts";
import { advance } from "./position.ts";

const extremes = {
  f32: [-Infinity, Infinity],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
} as const;

/** The result of combining no elements. */
export function identityOf(combine: Combine, dtype: TensorType["dtype"]): number {
  if (combine === "sum") return 0;
  if (combine === "prod") return 1;
  if (dtype === "bool" || dtype === "u8") {
    throw new Error(`Internal: ${combine} of ${dtype} has no meaning`);
  }
  const [lowest, highest] = extremes[dtype];
  return combine === "max" ? lowest : highest;
}

/** The function that combines two values of a type. Integers wrap. */
export function combiner(
  combine: Combine,
  dtype: TensorType["dtype"],
): (a: number, b: number) => number {
  if (combine === "max") return Math.max;
  if (combine === "min") return Math.min;
  if (dtype === "f32") return combine === "sum" ? (a, b) => a + b : (a, b) => a * b;
  if (dtype !== "i32" && dtype !== "u32") {
    throw new Error(`Internal: ${combine} of ${dtype} has no meaning`);
  }
  return combine === "sum" ? (a, b) => wrap(dtype, a + b) : (a, b) => wrap(dtype, Math.imul(a, b));
}

/** Combines the elements of `x` over the axes that the node reduces. */
export function computeReduce(node: Node, combine: Combine, x: ArrayLike<number>): Float64Array {
  const { axes } = node.attrs as { readonly axes: readonly number[] };
  const { shape } = node.inputs[0]!.type;
  const result = new Float64Array(elementCount(node.type.shape));
  result.fill(identityOf(combine, node.type.dtype));
  const join = combiner(combine, node.type.dtype);
  const kept = shape.flatMap((_, axis) => axes.includes(axis) ? [] : [axis]);
  const keptStrides = rowMajorStrides(node.type.shape);
  const strides = shape.map((_, axis) =>
    axes.includes(axis) ? 0 : keptStrides[kept.indexOf(axis)]!
  );
  const coords = new Int32Array(shape.length);
  for (let i = 0; i < elementCount(shape); i++) {
    let to = 0;
    for (let axis = 0; axis < strides.length; axis++) to += coords[axis]! * strides[axis]!;
    result[to] = join(result[to]!, x[i]!);
    advance(coords, shape);
  }
  return result;
}

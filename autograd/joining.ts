/** Functions that choose among tensors, and that join them. */
import * as op from "../graph/mod.ts";
import type { DType, UnknownDType } from "../graph/mod.ts";
import * as arrays from "./_array_functions.ts";
import { axisOf } from "./_arguments.ts";
import { nodesOf, Tensor } from "./tensor.ts";

/**
 * `a` where the condition (bool) is true, `b` elsewhere. Shapes broadcast. A number takes the dtype
 * of the other operand; two numbers are f32.
 */
export function where<D extends DType = UnknownDType>(
  condition: Tensor,
  a: Tensor<D> | number,
  b: Tensor<D> | number,
): Tensor<D> {
  const dtype = [a, b].find((part) => part instanceof Tensor)?.dtype ?? "f32";
  const nodes = [condition, a, b].map((part) => chosenNode(part, dtype));
  const shape = op.broadcastShapes(nodes.map(({ type }) => type.shape));
  const [c, x, y] = nodes.map((node) => op.broadcastTo(node, shape));
  return new Tensor(op.select(c!, x!, y!));
}

function chosenNode(part: Tensor | number, dtype: DType): op.Node {
  if (part instanceof Tensor) return part.node;
  if (typeof part === "number") return op.full(part, [], dtype);
  throw new TypeError(
    `Cannot choose where: operands must be tensors or numbers: current is ${op.formatFound(part)}`,
  );
}

/** Concatenates tensors along an axis. */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const nodes = nodesOf(tensors, "concat", "concat([a, b], axis)");
  if (nodes.length === 0) {
    throw new op.ShapeError("Cannot concat: there must be at least one tensor");
  }
  return new Tensor(op.concat(nodes, axisOf(axis, tensors[0]?.rank ?? 0)));
}

/** Joins tensors of one shape along a new axis, which is axis `axis` of the result. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const nodes = nodesOf(tensors, "stack", "stack([a, b], axis)");
  return new Tensor(arrays.stack(nodes, axis));
}

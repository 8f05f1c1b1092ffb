import {
  formatType,
  full,
  gradient,
  LABEL,
  labelOf,
  type Node,
  ShapeError,
  topological,
} from "../graph/mod.ts";
import { mustBeFunction } from "./_arguments.ts";
import { asArgument } from "./as_argument.ts";
import { mustBeResult, nodeOf, nodesOf, Tensor } from "./tensor.ts";
import { Parameter } from "./variable.ts";
import { pullBack } from "./pull_back.ts";

/** A function of tensors with a scalar result. */
export type Loss = (...args: Tensor[]) => Tensor;

/**
 * Returns a function that computes the gradients of `loss` with respect to each of its arguments.
 * The result can be differentiated again.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { grad, openBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const [slope] = grad((x) => x.square().sum())(tensor([1, 2, 3]));
 * assertEquals([...await slope!.data({ backend })], [2, 4, 6]);
 * ```
 */
export function grad(loss: Loss): (...args: Tensor[]) => Tensor[] {
  const both = valueAndGrad(loss);
  return (...args) => both(...args).gradients;
}

/** Returns a function that computes the value of `loss` and its gradients. See `grad`. */
export function valueAndGrad(
  loss: Loss,
): (...args: Tensor[]) => { value: Tensor; gradients: Tensor[] } {
  mustBeFunction("differentiate", loss);
  return (...args) => {
    const own = areIndependent(args) ? args : args.map(asArgument);
    const value = loss(...own);
    mustBeResult(value);
    return { value, gradients: gradientsOf(value, own) };
  };
}

/** Whether no argument is given twice, or computed from another one. */
function areIndependent(args: readonly Tensor[]): boolean {
  const nodes = new Set(args.map(({ node }) => node));
  const under = topological(args.flatMap(({ node }) => node.inputs));
  return nodes.size === args.length && !under.some((node) => nodes.has(node));
}

/**
 * Returns the gradients of a scalar `loss` with respect to tensors that it was computed from:
 * inputs, variables, or values in between. Other tensors get zeros. Gradients of parameters are
 * marked as such: if you change them before `optimizer.apply`, a G-SGD pass moves the change into
 * G-space, as it does with the optimizer.
 * @throws {ShapeError} if `loss` is not an f32 scalar
 * @throws {GraphError} if a tensor in `wrt` is not f32
 */
export function gradientsOf(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  const node = nodeOf(loss);
  const targets = nodesOf(wrt, "take the gradient", "gradientsOf(loss, [x])");
  if (node.type.shape.length !== 0 || node.type.dtype !== "f32") {
    throw new ShapeError(
      `Cannot take the gradient of "${labelOf(node)}": it must be a scalar f32[]: current type is ${
        formatType(node.type)
      }`,
    );
  }
  const slopes = pullBack(node, full(1, []), targets);
  return slopes.map((slope, i) => new Tensor(marked(slope, wrt[i]!, node)));
}

/** The markers tell passes what is a gradient, of what, and of which loss. */
function marked(slope: Node, of: Tensor, loss: Node): Node {
  if (!(of instanceof Parameter)) return slope;
  return LABEL.set(gradient(slope, of.node, loss), `d(${of.name})`);
}

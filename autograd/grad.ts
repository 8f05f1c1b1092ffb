import { Tensor } from "./tensor.ts";
import { gradients } from "./vjp.ts";

/** A function of tensors with a scalar result. */
export type Loss = (...args: Tensor[]) => Tensor;

/**
 * The function that gives the gradients of `loss` with respect to each of its arguments.
 * It can be differentiated again.
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
  return (...args) => valueAndGrad(loss)(...args).gradients;
}

/** The function that gives the value of `loss` and its gradients. */
export function valueAndGrad(
  loss: Loss,
): (...args: Tensor[]) => { value: Tensor; gradients: Tensor[] } {
  return (...args) => {
    const value = loss(...args);
    if (!(value instanceof Tensor)) {
      throw new TypeError("Cannot differentiate: the function must return a Tensor, not a promise");
    }
    const nodes = gradients(value.node, args.map(({ node }) => node));
    return { value, gradients: nodes.map((node) => new Tensor(node)) };
  };
}

/** The gradients of a scalar tensor with respect to others that it was computed from. */
export function gradientsOf(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  return gradients(loss.node, wrt.map(({ node }) => node)).map((node) => new Tensor(node));
}

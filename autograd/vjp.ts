import { mustBeFunction } from "./_arguments.ts";
import { checkFloats } from "./jvp.ts";
import { pullBack } from "./pull_back.ts";
import { asArgument } from "./as_argument.ts";
import { mustBeResult, nodeOf, nodesOf, Tensor } from "./tensor.ts";

/** A value, and the function that pulls cotangents back to the arguments. */
export interface Vjp {
  /** The result of the function. */
  readonly value: Tensor;
  /** Given a cotangent of the type of the result, returns those of the arguments. */
  readonly pullBack: (cotangent: Tensor) => Tensor[];
}

/**
 * Reverse-mode differentiation of a function with a result of any shape, as `jax.vjp` and
 * `torch.func.vjp`. For a scalar loss, use `grad`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openBackend, tensor, vjp } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const { pullBack } = vjp((x) => x.square(), [tensor([1, 2])]);
 * const [slope] = pullBack(tensor([10, 1]));
 * assertEquals([...await slope!.data({ backend })], [20, 4]);
 * ```
 *
 * @throws {GraphError} if an argument is not f32
 */
export function vjp<A extends readonly Tensor[]>(fn: (...args: A) => Tensor, primals: A): Vjp {
  mustBeFunction("differentiate", fn);
  nodesOf(primals, "differentiate", "vjp(fn, [x])");
  checkFloats(primals);
  const args = primals.map(asArgument);
  const value = fn(...args as unknown as A);
  mustBeResult(value);
  const wrt = args.map(({ node }) => node);
  return {
    value,
    pullBack: (cotangent) =>
      pullBack(value.node, nodeOf(cotangent), wrt).map((slope) => new Tensor(slope)),
  };
}

import {
  add,
  broadcastTo,
  checkOption,
  div,
  full,
  fullLike,
  maximum,
  minimum,
  mul,
  type Node,
  positiveNumber,
  reduceSum,
  sqrt,
  square,
} from "../graph/mod.ts";
import { type GradientTransform, perNode } from "./transform.ts";

/** √ of the sum of all squares: f32[]. */
export function globalNorm(values: readonly Node[]): Node {
  const squares = values.map((value) =>
    reduceSum(square(value), value.type.shape.map((_, axis) => axis))
  );
  return sqrt(squares.reduce((sum, part) => add(sum, part), full(0, [])));
}

/**
 * Scales all updates by min(1, maxNorm / (norm + 1e-6)), where `norm` is over all parameters
 * together, as PyTorch's `clip_grad_norm_` does.
 *
 * Under G-SGD it is the norm of the gradient in G-space, over all segments and the weights outside
 * of them, so the factor is invariant to a rescaling of hidden units.
 */
export function clipByGlobalNorm(maxNorm: number): GradientTransform {
  checkOption("clip by the global norm", { maxNorm }, positiveNumber);
  return {
    name: "clipByGlobalNorm",
    slots: () => [],
    apply: (inputs) => {
      const norm = globalNorm(inputs.map(({ update }) => update));
      const factor = minimum(div(full(maxNorm, []), add(norm, fullLike(norm, 1e-6))), full(1, []));
      return inputs.map(({ update }) => ({
        update: mul(update, broadcastTo(factor, update.type.shape)),
        slots: [],
      }));
    },
  };
}

/** Clips each element of the updates to [−limit, limit], as PyTorch's `clip_grad_value_` does. */
export function clipByValue(limit: number): GradientTransform {
  checkOption("clip by value", { limit }, positiveNumber);
  return perNode(
    "clipByValue",
    ({ update }) => maximum(minimum(update, fullLike(update, limit)), fullLike(update, -limit)),
  );
}

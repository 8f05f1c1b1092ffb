import { add, fullLike, mul } from "../graph/mod.ts";
import { type GradientTransform, perParameter } from "./transform.ts";

/**
 * g + λ·parameter. First in a chain it is the L2 penalty of PyTorch's SGD and Adam; after
 * `scaleByAdam` it is the decoupled decay of AdamW.
 *
 * @throws {RangeError} if λ is negative
 */
export function weightDecay(decay: number): GradientTransform {
  if (!(decay >= 0 && Number.isFinite(decay))) {
    throw new RangeError(
      `Cannot make weight decay: it must be a finite number of at least 0: current is ${decay}`,
    );
  }
  return perParameter(
    "weightDecay",
    ({ update, parameter }) =>
      decay === 0 ? update : add(update, mul(parameter, fullLike(parameter, decay))),
  );
}

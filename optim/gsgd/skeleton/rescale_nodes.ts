import {
  checkOptions,
  hostUniform,
  numberIn,
  optional,
  seedNumber,
  trueOrFalse,
} from "../../../graph/mod.ts";
import type { Variable } from "../../../autograd/mod.ts";
import { checkPlan } from "./check_plan.ts";
import { readHostWeights, rescaleWeights, writeHostWeights } from "./host_weights.ts";
import { GROUND } from "../scales/scale_variables.ts";
import type { Skeleton } from "./skeleton.ts";

/** How hidden units are rescaled. */
export interface RescaleOptions {
  /** R > 1: the factors are between 1/R and R, their logarithms uniform. */
  readonly range: number;
  /**
   * Takes powers of two only, all between 1/R and R equally likely: then nothing is rounded,
   * and what is invariant to rescaling stays bit-for-bit identical. Default: false.
   */
  readonly powersOfTwo?: boolean;
  /** Seed of the factors. */
  readonly seed: number;
}

/** Separates the factors from other random numbers with the same seed. */
const SCALE_STREAM = 0x5ca1e;

/**
 * Rescales every scale node of a plan by a random factor: the weights into it are multiplied
 * by the factor and those out of it divided, so the function does not change. SGD then
 * trains differently, G-SGD and Path-SGD do not [Meng 2019, Theorem 4.1].
 *
 * The plan must have been made with `bn: "affine"` where there is batch normalization;
 * otherwise the rescaling changes the function.
 *
 * @param parameters at least those of the plan's segments
 * @throws {GraphError} if a parameter is missing or already on a device
 * @throws {RangeError} if the range is not a finite number above 1
 */
export function rescaleNodes(
  plan: { readonly skeleton: Skeleton },
  parameters: readonly Variable[],
  options: RescaleOptions,
): void {
  checkPlan("rescale hidden units", plan);
  checkOptions("rescale hidden units", options, {
    range: numberIn("(1, Infinity)"),
    powersOfTwo: optional(trueOrFalse),
    seed: seedNumber,
  });
  const { skeleton } = plan;
  const weights = readHostWeights(skeleton, parameters, "rescale");
  rescaleWeights(skeleton, weights, rescalingFactors(skeleton.nodes.length, options));
  writeHostWeights(weights);
}

/** By node id, from 1 on; 1 for GROUND. */
function rescalingFactors(
  count: number,
  { range, powersOfTwo = false, seed }: RescaleOptions,
): Float64Array {
  const uniform = hostUniform({ seed, stream: SCALE_STREAM });
  const most = Math.floor(Math.log2(range));
  return Float64Array.from({ length: count + 1 }, (_, id) => {
    if (id === GROUND) return 1;
    if (powersOfTwo) return 2 ** (Math.floor(uniform(id) * (2 * most + 1)) - most);
    return range ** (2 * uniform(id) - 1);
  });
}

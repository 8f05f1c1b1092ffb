import type { Variable } from "../../../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  GraphError,
  hostUniform,
  oneOf,
  optional,
  seedNumber,
} from "../../../graph/mod.ts";
import { checkPlan } from "./check_plan.ts";
import {
  hostRouteProducts,
  type HostWeights,
  offsetOf,
  readHostWeights,
  rescaleWeights,
  writeHostWeights,
} from "./host_weights.ts";
import type { Skeleton, SkeletonEdge } from "./skeleton.ts";

/**
 * Initial values of skeleton weights [gsgd.md §3.7].
 *
 * - `one`: all are 1, as in the paper. This changes the function that the network computes.
 * - `keep`: they keep their values. Large steps are unstable then: a trained path value is a
 *   product of small numbers, and the step grows as its inverse square.
 * - `gauge`: free ones become ±1 and all others are rescaled so that the function does not change.
 */
export type SkeletonInit = "one" | "keep" | "gauge";

/** Options for `initializeSkeleton`. */
export interface InitializeSkeletonOptions {
  /**
   * With the init "one": makes each skeleton weight 1 or −1 at random, by this seed
   * [Meng 2019, sec. 11.2]. Default: all are 1.
   */
  readonly signSeed?: number;
}

/** Smallest magnitude of a skeleton weight that may be kept: path values are divided by it. */
const smallest = 1e-6;

/** Separates the signs from other random numbers with the same seed. */
const SIGN_STREAM = 0x5167;

/**
 * Gives the skeleton weights of a plan their initial values, before training starts.
 *
 * @param parameters at least those of the plan's segments
 * @throws {GraphError} if a parameter is missing or already on a device, or if a skeleton
 *   weight that is to be kept is too close to 0
 * @throws {RangeError} if there is no such init, or signs are to be drawn for weights that keep their own
 */
export function initializeSkeleton(
  plan: { readonly skeleton: Skeleton },
  parameters: readonly Variable[],
  init: SkeletonInit = "one",
  options: InitializeSkeletonOptions = {},
): void {
  checkPlan("initialize the skeleton", plan);
  checkOption("initialize the skeleton", { init }, oneOf(["one", "keep", "gauge"]));
  checkOptions("initialize the skeleton", options, { signSeed: optional(seedNumber) });
  const { signSeed } = options;
  if (signSeed !== undefined && init !== "one") {
    throw new RangeError(
      `Cannot draw signs of skeleton weights: only the init "one" sets them: current init is ${init}`,
    );
  }
  const { nodes } = plan.skeleton;
  const weights = readHostWeights(plan.skeleton, parameters, "initialize the skeleton of");
  const skeleton = nodes.flatMap(({ inEdge, outEdge }) => [inEdge, outEdge]);
  if (init === "one") setToOne(skeleton, weights, signSeed);
  else for (const edge of skeleton) requireUsable(edge, weights);
  if (init === "keep") return;
  if (init === "gauge") regauge(plan.skeleton, weights);
  writeHostWeights(weights);
}

function setToOne(
  edges: readonly SkeletonEdge[],
  weights: HostWeights,
  signSeed: number | undefined,
): void {
  const uniform = signSeed === undefined
    ? () => 1
    : hostUniform({ seed: signSeed, stream: SIGN_STREAM });
  edges.forEach((edge, i) => {
    // an edge that is in-edge and out-edge gets the later sign
    weights.get(edge.weight)!.data[offsetOf(edge)] = uniform(i) < 0.5 ? -1 : 1;
  });
}

function requireUsable(edge: SkeletonEdge, weights: HostWeights): void {
  const { variable, data } = weights.get(edge.weight)!;
  const value = data[offsetOf(edge)]!;
  if (Math.abs(value) >= smallest) return;
  throw new GraphError(
    `Cannot keep skeleton weight [${edge.position.join(", ")}] of "${variable.name}": it must ` +
      `be at least ${smallest} in size: current value is ${value}; the init "one" sets it to 1`,
  );
}

/** Rescales every node by |Q|: the product of its free weights becomes ±1 [gsgd.md §2.3]. */
function regauge(skeleton: Skeleton, weights: HostWeights): void {
  const products = hostRouteProducts(
    skeleton,
    "out",
    (edge) => weights.get(edge.weight)!.data[offsetOf(edge)]!,
  );
  rescaleWeights(skeleton, weights, products.map(Math.abs));
  for (const { outEdge } of skeleton.nodes) {
    const { data } = weights.get(outEdge.weight)!;
    data[offsetOf(outEdge)] = Math.sign(data[offsetOf(outEdge)]!); // exactly, not up to rounding
  }
}

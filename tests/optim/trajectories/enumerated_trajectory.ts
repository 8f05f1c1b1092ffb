import type { LayeredPattern } from "../gsgd/layered_patterns.ts";
import type { EnumeratedNetwork } from "../gsgd/enumerated_paths.ts";
import type { TrainingNetwork } from "../gsgd/network.ts";
import { edgeValues, TrainingRun, weightsByName } from "../gsgd/training_run.ts";
import type { OptimizerCase, Role } from "./optimizer_rules.ts";

/** Numbers of each parameter by name. */
export type Weights = Readonly<Record<string, Float64Array>>;

/** Steps that every trajectory of these tests takes. */
export const STEPS = 5;

/** Training of one pattern with one optimizer, long enough for a mistake of a step to show. */
export interface Trajectory {
  readonly network: TrainingNetwork;
  /** f32 numbers, none of the skeleton weights near 0. */
  readonly start: Weights;
  /** The weights after `STEPS` steps, by Eq. 3, the optimizer's formula, and Eq. 6. */
  readonly expected: Weights;
}

/** G-SGD by enumerated paths, step by step. */
export function enumeratedTrajectory(
  { net, network: make }: LayeredPattern,
  { transform, rule }: OptimizerCase,
): Trajectory {
  const { network, start } = lively((seed) => {
    const network = make({ transform, damped: true, seed });
    return { network, start: startOf(net, network) };
  });
  const roles = rolesOf(net);
  const next = rule();
  let weights = edgeValues(net, start);
  for (let step = 1; step <= STEPS; step++) {
    const run = new TrainingRun(network, network.graph, weightsByName(net, weights));
    const { g } = net.pathGradients(weights, edgeValues(net, run.gradients()));
    const v = net.pathValues(weights);
    weights = net.weightsOf(next({ g, v, roles, step }), weights);
  }
  return { network, start, expected: weightsByName(net, weights) };
}

/** A network and where its training starts. */
type Begun = Omit<Trajectory, "expected">;

/** The first seed with which every tensor has a gradient: dead networks prove nothing. */
export function lively(make: (seed: number) => Begun): Begun {
  for (let seed = 1;; seed++) {
    const begun = make(seed);
    const { network, start } = begun;
    const slopes = new TrainingRun(network, network.graph, start).gradients();
    const moves = (data: Float64Array) => data.some((x) => Math.abs(x) > 1e-3);
    if (Object.values(slopes).every(moves)) return begun;
  }
}

/** The network's own numbers; skeleton weights of both signs, between 0.75 and 1.25. */
function startOf(net: EnumeratedNetwork, network: TrainingNetwork): Weights {
  const values = edgeValues(net, new TrainingRun(network).weights());
  for (const e of [...net.free, ...net.trained]) values[e] = skeletonValue(values[e]!);
  return weightsByName(net, values);
}

/** An f32 number of the sign of `w` between 0.75 and 1.25, so that P and Q are far from 0. */
export function skeletonValue(w: number): number {
  return Math.sign(w) * Math.fround(0.75 + Math.abs(w * 10) % 0.5);
}

/** The role of each coordinate; a bias of the last layer touches no scale node. */
function rolesOf(net: EnumeratedNetwork): Role[] {
  return net.coordinates.map((e) => {
    const { layer, column } = net.edges[e]!;
    const last = net.widths.length - 1;
    if (last === 1 || (column === null && layer === last)) return "outside";
    return net.trained.includes(e) ? "trained" : "plain";
  });
}

/** The checks of gsgd.md §12 that tell a right implementation of G-SGD from a wrong one. */
import type { Graph, Pass } from "../../../graph/mod.ts";
import { sgd } from "../../../optim/mod.ts";
import { EnumeratedNetwork } from "./enumerated_paths.ts";
import { mlp, randomNumbers, type TrainingNetwork } from "./network.ts";
import { stepOf } from "./step_parts.ts";
import { edgeValues, relativeDifference, TrainingRun, weightsByName } from "./training_run.ts";

/** g_c(w): hidden unit x scaled by c[x], its outgoing weights divided by it [gsgd.md §1]. */
export function rescale(
  net: EnumeratedNetwork,
  weights: Float64Array,
  factor: (layer: number, unit: number) => number,
): Float64Array {
  const last = net.widths.length - 1;
  const scale = (layer: number, unit: number) =>
    layer === 0 || layer === last ? 1 : factor(layer, unit);
  return weights.map((w, e) => {
    const { layer, row, column } = net.edges[e]!;
    return w * scale(layer, row) / (column === null ? 1 : scale(layer - 1, column));
  });
}

/** Powers of two between 2⁻⁶ and 2⁶, one for each hidden unit: scaling by them is exact. */
export function powersOfTwo(seed: number): (layer: number, unit: number) => number {
  return (layer, unit) => 2 ** Math.round(6 * randomNumbers(seed + 97 * layer + 11 * unit)());
}

/** Path values after training from w and from g_c(w), c powers of two: are they equal? */
export function isInvariant(
  network: TrainingNetwork,
  graph: Graph,
  net: EnumeratedNetwork,
  steps: number,
): boolean {
  const start = edgeValues(net, new TrainingRun(network).weights());
  const [values, rescaled] = [start, rescale(net, start, powersOfTwo(3))].map((weights) => {
    const run = new TrainingRun(network, graph, weightsByName(net, weights)).steps(steps);
    return net.pathValues(edgeValues(net, run.weights()));
  });
  return values!.every((v, p) => Number.isFinite(v) && Object.is(v, rescaled![p]));
}

/** Are the free weights bit for bit what they were after some steps? */
export function keepsFree(
  network: TrainingNetwork,
  graph: Graph,
  net: EnumeratedNetwork,
  steps: number,
): boolean {
  const start = edgeValues(net, new TrainingRun(network).weights());
  const after = edgeValues(net, new TrainingRun(network, graph).steps(steps).weights());
  return net.free.every((e) => Object.is(start[e], after[e]));
}

/** How far one step of a pass is from Eq. 3 and Eq. 6, relative to the largest weight. */
export function distanceFromBruteForce(
  widths: readonly number[],
  options: { readonly bias: boolean; readonly unitSkeleton: boolean; readonly pass?: Pass },
): { apart: number; residual: number } {
  const { bias } = options;
  const transform = sgd({ learningRate: enumeratedRate });
  const network = mlp(widths, { bias, transform, seed: 7 });
  return distanceFromEnumerated(network, new EnumeratedNetwork(widths, bias), options);
}

/** The learning rate of networks that are compared with enumerated paths. */
export const enumeratedRate = 0.01;

/** The same for any layered network that is trained with plain SGD at `enumeratedRate`. */
export function distanceFromEnumerated(
  network: TrainingNetwork,
  net: EnumeratedNetwork,
  { unitSkeleton, pass = stepOf() }: { readonly unitSkeleton: boolean; readonly pass?: Pass },
): { apart: number; residual: number } {
  const start = edgeValues(net, new TrainingRun(network).weights());
  if (unitSkeleton) { for (const e of [...net.free, ...net.trained]) start[e] = 1; }
  const byName = weightsByName(net, start);
  const run = new TrainingRun(network, pass(network.graph), byName);
  const { g, residual } = net.pathGradients(start, edgeValues(net, run.gradients()));
  const values = net.pathValues(start).map((v, p) => v - enumeratedRate * g[p]!);
  const reference = weightsByName(net, net.weightsOf(values, start));
  return { apart: relativeDifference(run.steps(1).weights(), reference), residual };
}

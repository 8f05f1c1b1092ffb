import {
  abs,
  add,
  concat,
  div,
  fullLike,
  type Graph,
  groupBy,
  maximum,
  mul,
  type Node,
  reduceMax,
  reduceSum,
  reshape,
  sub,
} from "../../../graph/mod.ts";
import { checkPlan, notInGraph } from "../skeleton/check_plan.ts";
import { sumAtPlaces } from "../skeleton/index_vector.ts";
import type { Skeleton, SkeletonTensor } from "../skeleton/skeleton.ts";
import type { ScaleMap } from "../scales/scale_map.ts";
import { readTrainingStep } from "../skeleton/training_step.ts";

/** Maximum imbalance of a correct segment in f32 [gsgd.md §10.6]. */
export const conservationTolerance = 1e-4;

/** How well one segment obeys the conservation law. */
export interface ConservationCheck {
  /** The segment's index in the report. */
  readonly segment: number;
  /**
   * f32[]: the largest |Σ_in w·δ − Σ_out w·δ| / Σ|w·δ| of its scale nodes, with the gradients
   * δ of the batch that the graph runs on.
   */
  readonly imbalance: Node;
}

/**
 * Builds the run-time check of a plan [gsgd.md §2.4, §10.6]: at every scale node
 * Σ_in w·δ = Σ_out w·δ, for any loss and batch. Evaluate the returned nodes together with the
 * graph on one batch. Pass the indices of segments whose imbalance exceeds
 * `conservationTolerance` as the option `failedSegments`. Segments whose scales pass through a
 * batch normalization do not obey this law and are not checked.
 *
 * @throws {GraphError} if the plan was made for another graph
 */
export function conservationCheck(
  plan: { readonly skeleton: Skeleton },
  graph: Graph,
): ConservationCheck[] {
  checkPlan("check the conservation law", plan);
  const { skeleton } = plan;
  const { trained } = readTrainingStep(graph);
  const bySegment = groupBy(skeleton.tensors, ({ segment }) => segment);
  return [...bySegment].filter(([, tensors]) => !tensors.some(({ isNormalized }) => isNormalized))
    .map(([segment, tensors]) => {
      const flows = tensors.map((tensor): Flow => {
        const weight = trained.get(tensor.weight);
        const gradient = weight && [...weight.gradients.values()].reduce(add);
        if (gradient) return { tensor, product: mul(tensor.weight, gradient) };
        throw notInGraph("check", tensor.weight);
      });
      const ids = skeleton.nodes.flatMap((node) => node.segment === segment ? node.id : []);
      return { segment, imbalance: imbalanceOf(ids, flows) };
    });
}

/** w·δ of the weights of a tensor. */
interface Flow {
  readonly tensor: SkeletonTensor;
  readonly product: Node;
}

function imbalanceOf(ids: readonly number[], flows: readonly Flow[]): Node {
  const [into, outOf, size] = [
    sumsOf(ids, flows, ["head"], (product) => product),
    sumsOf(ids, flows, ["tail"], (product) => product),
    sumsOf(ids, flows, ["head", "tail"], abs),
  ] as const;
  // a unit that is never active has no flow, which counts as balanced
  const total = maximum(size, fullLike(size, smallestNormal));
  return reduceMax(div(abs(sub(into, outOf)), total), [0]);
}

const smallestNormal = 2 ** -126;

/** The sum at each node over all weights that have it as head, tail, or either. */
function sumsOf(
  ids: readonly number[],
  flows: readonly Flow[],
  ends: readonly ("head" | "tail")[],
  of: (product: Node) => Node,
): Node {
  const parts: Node[] = [];
  const places = new Map<number, number[]>(ids.map((id) => [id, []]));
  let size = 0;
  for (const { tensor, product } of flows) {
    for (const end of ends) {
      const map: ScaleMap = tensor[end];
      const axes = map.shape.flatMap((length, axis) => length === 1 ? [axis] : []);
      parts.push(reshape(reduceSum(of(product), axes), [map.ids.length]));
      map.ids.forEach((id, i) => places.get(id)?.push(size + i));
      size += map.ids.length;
    }
  }
  return sumAtPlaces(concat(parts, 0), ids.map((id) => places.get(id)!));
}

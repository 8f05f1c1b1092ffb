import { applyUpdate, div, mul, type Node } from "../../../graph/mod.ts";
import type { NodeValues, NodeVector, VectorSkeleton } from "../skeleton/node_vectors.ts";
import type { SkeletonTensor } from "../skeleton/skeleton.ts";
import {
  alongMap,
  alongRoutes,
  extendRoutes,
  reciprocal,
  type RouteProducts,
  selectFree,
} from "./path_values.ts";

/** v′ − v of the basis path through each in-edge of a tensor; elsewhere it may be anything. */
export type UpdateAtInEdges = (tensor: SkeletonTensor) => Node;

/** What weight allocation needs to know of the routes after the step. */
export interface NextProducts {
  /** 1 / P′. */
  readonly inverseP: NodeValues;
  /** P / P′: the paper's 1 / R of the nearest trained weight upstream. Exactly 1 if P′ = P. */
  readonly inverseRatio: NodeValues;
}

/**
 * The routes after the step: P of the next weights, shallowest first. The next value of an
 * in-edge needs P′ of its tail only, which is known when its turn comes.
 */
export function nextProducts(
  { vectors }: VectorSkeleton,
  products: RouteProducts,
  updates: UpdateAtInEdges,
): NextProducts {
  const p = new Map<NodeVector, Node>();
  const inverseP = new Map<NodeVector, Node>();
  const inverseRatio = new Map<NodeVector, Node>();
  for (const vector of vectors) {
    const { inTensor, trained } = vector;
    const next = trained.includes(true)
      ? allocate(inTensor, updates(inTensor), products, { inverseP, inverseRatio })
      : inTensor.weight;
    const after = extendRoutes(p, vector, next);
    p.set(vector, after);
    inverseP.set(vector, reciprocal(after));
    inverseRatio.set(vector, div(inverseP.get(vector)!, products.inverseP.get(vector)!));
  }
  return { inverseP, inverseRatio };
}

/**
 * The next weights [Meng 2019, Eq. 6; gsgd.md §4.2]: w′ = v′ / (P′[u]·Q[v]), written as
 * w·(P[u]/P′[u]) + (v′ − v)/(P′[u]·Q[v]), so that nothing is rounded where nothing moves;
 * free weights stay as they are.
 */
export function allocate(
  tensor: SkeletonTensor,
  update: Node,
  { inverseQ }: RouteProducts,
  { inverseP, inverseRatio }: NextProducts,
): Node {
  const { weight, tail } = tensor;
  const ratio = alongMap(inverseRatio, tail, weight);
  const kept = ratio ? mul(weight, ratio) : weight;
  const moved = alongRoutes(update, tensor, inverseP, inverseQ);
  return selectFree(tensor, weight, applyUpdate(kept, moved));
}

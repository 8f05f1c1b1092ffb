import { add, div, fullLike, greater, less, mul, type Node, select } from "../../../graph/mod.ts";
import { elementsAt, spread } from "../skeleton/index_vector.ts";
import { type NodeVector, valuesOf, type VectorSkeleton } from "../skeleton/node_vectors.ts";
import type { SkeletonTensor } from "../skeleton/skeleton.ts";
import { inEdgeMask, type RouteProducts } from "./path_values.ts";
import type { UpdateAtInEdges } from "./weight_allocation.ts";

/** Bounds of the ratio v′/v of trained skeleton weights [gsgd.md §9.1]. */
export type RatioClamp = readonly [min: number, max: number];

/**
 * Changes the update v′ − v of a tensor's path values so that v′/v is within the bounds at trained
 * skeleton weights. Where it already is, the update stays as it is, bit for bit.
 */
export function clampRatios(
  { vectors }: VectorSkeleton,
  products: RouteProducts,
  updates: UpdateAtInEdges,
  bounds: RatioClamp | undefined,
): (tensor: SkeletonTensor, update: Node) => Node {
  if (!bounds) return (_, update) => update;
  const trained = vectors.filter(({ trained }) => trained.includes(true));
  const clamped = new Map(trained.map((vector) => {
    const update = inEdgeUpdate(vector, updates);
    return [vector, clampedUpdate(update, skeletonPathValue(vector, products), bounds)];
  }));
  return (tensor, update) => {
    const { weight, head } = tensor;
    const mask = inEdgeMask(tensor);
    const atHeads = valuesOf(clamped, head.ids, 0);
    if (!mask || !atHeads) return update;
    return select(mask, spread(atHeads, head.shape, weight.type.shape), update);
  };
}

function clampedUpdate(update: Node, value: Node, [min, max]: RatioClamp): Node {
  const ratio = ratioOf(update, value);
  const at = (bound: number) => mul(value, fullLike(value, bound - 1));
  return select(
    less(ratio, fullLike(ratio, min)),
    at(min),
    select(greater(ratio, fullLike(ratio, max)), at(max), update),
  );
}

/** v′/v at the in-edges of a vector's nodes, before any clamp. */
export function unclampedRatio(
  vector: NodeVector,
  products: RouteProducts,
  updates: UpdateAtInEdges,
): Node {
  return ratioOf(inEdgeUpdate(vector, updates), skeletonPathValue(vector, products));
}

/** v′ − v at the in-edges of a vector's nodes. */
function inEdgeUpdate({ nodes, inTensor }: NodeVector, updates: UpdateAtInEdges): Node {
  return elementsAt(updates(inTensor), nodes.map(({ inEdge }) => inEdge.position));
}

function ratioOf(update: Node, value: Node): Node {
  return add(fullLike(update, 1), div(update, value));
}

/** v of the basis path of each node's in-edge: it consists of skeleton weights only. */
function skeletonPathValue(vector: NodeVector, { p, q }: RouteProducts): Node {
  return mul(p.get(vector)!, q.get(vector)!);
}

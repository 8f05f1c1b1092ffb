import {
  add,
  applyUpdate,
  div,
  fullLike,
  greater,
  less,
  mul,
  type Node,
  select,
} from "../../../graph/mod.ts";
import { elementsAt, spread } from "../skeleton/index_vector.ts";
import {
  type NodeValues,
  type NodeVector,
  valuesOf,
  type VectorSkeleton,
} from "../skeleton/node_vectors.ts";
import {
  alongMap,
  extendRoutes,
  freeMask,
  inEdgeMask,
  reciprocal,
  type RouteProducts,
  times,
} from "./path_values.ts";
import type { SkeletonTensor } from "../skeleton/skeleton.ts";

/** v′ − v at the in-edges of a tensor, as the graph's own optimizer makes it. */
export type UpdateAtInEdges = (tensor: SkeletonTensor) => Node;

/** Bounds of the ratio v′/v of trained skeleton weights [gsgd.md §9.1]. */
export type RatioClamp = readonly [min: number, max: number];

/** v′ − v at the in-edge of each node, so that v′/v is within the bounds where it is trained. */
export function clampedUpdates(
  { vectors, tensors }: VectorSkeleton,
  updates: UpdateAtInEdges,
  products: RouteProducts,
  clamp: RatioClamp,
): NodeValues {
  return new Map(
    vectors.filter(({ trained }) => trained.includes(true)).map((vector) => {
      const delta = inEdgeUpdate(vector, tensors, updates);
      return [vector, clamped(delta, skeletonPathValue(vector, products), clamp)];
    }),
  );
}

/** v′ − v at the in-edges of a vector's nodes, as the inner optimizer gives it. */
function inEdgeUpdate(
  vector: NodeVector,
  tensors: readonly SkeletonTensor[],
  updates: UpdateAtInEdges,
): Node {
  const positions = vector.nodes.map(({ inEdge }) => inEdge.position);
  return elementsAt(updates(inTensorOf(vector, tensors)), positions);
}

/** The tensor that holds the in-edges of a vector's nodes. */
function inTensorOf({ nodes }: NodeVector, tensors: readonly SkeletonTensor[]): SkeletonTensor {
  return tensors.find(({ weight }) => weight === nodes[0]!.inEdge.weight)!;
}

/** v′/v at the in-edges of a vector's nodes, before any clamp. */
export function unclampedRatio(
  vector: NodeVector,
  { tensors }: VectorSkeleton,
  updates: UpdateAtInEdges,
  products: RouteProducts,
): Node {
  return ratioOf(inEdgeUpdate(vector, tensors, updates), skeletonPathValue(vector, products));
}

function ratioOf(delta: Node, value: Node): Node {
  return add(fullLike(delta, 1), div(delta, value));
}

/** v of the basis path of each node's in-edge: it consists of skeleton weights only. */
export function skeletonPathValue(vector: NodeVector, { p, q }: RouteProducts): Node {
  return mul(p.get(vector)!, q.get(vector)!);
}

/** The update itself, bit for bit, while 1 + delta/v is inside the bounds. */
function clamped(delta: Node, value: Node, [min, max]: RatioClamp): Node {
  const ratio = ratioOf(delta, value);
  const at = (bound: number) => mul(value, fullLike(value, bound - 1));
  return select(
    less(ratio, fullLike(ratio, min)),
    at(min),
    select(greater(ratio, fullLike(ratio, max)), at(max), delta),
  );
}

/** The update of a weight with that of its trained skeleton weights replaced. */
export function withTrained(tensor: SkeletonTensor, update: Node, updates: NodeValues): Node {
  const { weight, head } = tensor;
  const mask = inEdgeMask(tensor);
  const vector = valuesOf(updates, head.ids, 0);
  return mask && vector
    ? select(mask, spread(vector, head.shape, weight.type.shape), update)
    : update;
}

/** What weight allocation needs to know of the routes after the step. */
export interface NextProducts {
  /** 1 / P′. */
  readonly inverseP: NodeValues;
  /** P / P′: the paper's 1 / R of the nearest trained weight upstream. Exactly 1 if P′ = P. */
  readonly inverseRatio: NodeValues;
}

/** Makes the next value of a weight from the routes that are known so far. */
export type AllocateSoFar = (tensor: SkeletonTensor, next: NextProducts) => Node;

/**
 * The routes after the step: P of the next weights, shallowest first. The next value of an
 * in-edge needs P′ of its tail only, which is known when its turn comes.
 */
export function nextProducts(
  { vectors, tensors }: VectorSkeleton,
  products: RouteProducts,
  allocateSoFar: AllocateSoFar,
): NextProducts {
  const p = new Map<NodeVector, Node>();
  const inverseP = new Map<NodeVector, Node>();
  const inverseRatio = new Map<NodeVector, Node>();
  for (const vector of vectors) {
    const tensor = inTensorOf(vector, tensors);
    const isTrained = vector.trained.includes(true);
    const next = isTrained ? allocateSoFar(tensor, { inverseP, inverseRatio }) : tensor.weight;
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
  const { weight, tail, head } = tensor;
  const kept = times(weight, alongMap(inverseRatio, tail, weight));
  const moved = times(
    times(update, alongMap(inverseP, tail, weight)),
    alongMap(inverseQ, head, weight),
  );
  const next = applyUpdate(kept, moved);
  const free = freeMask(tensor);
  return free ? select(free, weight, next) : next;
}

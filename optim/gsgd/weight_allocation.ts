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
} from "../../graph/mod.ts";
import { elementsAt, spread } from "./index_vector.ts";
import { type NodeValues, type NodeVector, valuesOf, type VectorSkeleton } from "./node_vectors.ts";
import {
  alongMap,
  extendRoutes,
  freeMask,
  inEdgeMask,
  reciprocal,
  type RouteProducts,
  times,
} from "./path_values.ts";
import type { SkeletonTensor } from "./skeleton.ts";

/** v′ − v of each weight's basis path, as the inner optimizer gives it. */
export type PathUpdates = (weight: Node) => Node;

/** Bounds of the ratio v′/v of trained skeleton weights [gsgd.md §9.1]. */
export type RatioClamp = readonly [min: number, max: number];

/** v′ − v at the in-edge of each node, so that v′/v is within the bounds where it is trained. */
export function clampedUpdates(
  { vectors }: VectorSkeleton,
  updates: PathUpdates,
  products: RouteProducts,
  clamp: RatioClamp,
): NodeValues {
  return new Map(
    vectors.filter(({ trained }) => trained.includes(true)).map((vector) => {
      const delta = inEdgeUpdate(vector, updates);
      return [vector, clamped(delta, skeletonPathValue(vector, products), clamp)];
    }),
  );
}

/** v′ − v at the in-edges of a vector's nodes, as the inner optimizer gives it. */
function inEdgeUpdate({ nodes }: NodeVector, updates: PathUpdates): Node {
  const positions = nodes.map(({ inEdge }) => inEdge.position);
  return elementsAt(updates(nodes[0]!.inEdge.weight), positions);
}

/** v′/v at the in-edges of a vector's nodes, before any clamp. */
export function unclampedRatio(
  vector: NodeVector,
  updates: PathUpdates,
  products: RouteProducts,
): Node {
  return ratioOf(inEdgeUpdate(vector, updates), skeletonPathValue(vector, products));
}

function ratioOf(delta: Node, value: Node): Node {
  return add(fullLike(delta, 1), div(delta, value));
}

/** v of the basis path of each node's in-edge: it consists of skeleton weights only. */
export function skeletonPathValue(vector: NodeVector, { into, outOf }: RouteProducts): Node {
  return mul(into.get(vector)!, outOf.get(vector)!);
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
  readonly perInto: NodeValues;
  /** P / P′: the paper's 1 / R of the nearest trained weight upstream. Exactly 1 if P′ = P. */
  readonly shrink: NodeValues;
}

/** Makes the next value of a weight from the routes that are known so far. */
export type AllocateSoFar = (weight: Node, next: NextProducts) => Node;

/**
 * The routes after the step: P of the next weights, shallowest first. The next value of an
 * in-edge needs P′ of its tail only, which is known when its turn comes.
 */
export function nextProducts(
  { vectors }: VectorSkeleton,
  products: RouteProducts,
  allocateSoFar: AllocateSoFar,
): NextProducts {
  const into = new Map<NodeVector, Node>();
  const perInto = new Map<NodeVector, Node>();
  const shrink = new Map<NodeVector, Node>();
  for (const vector of vectors) {
    const weight = vector.nodes[0]!.inEdge.weight;
    const isTrained = vector.trained.includes(true);
    const next = isTrained ? allocateSoFar(weight, { perInto, shrink }) : weight;
    const after = extendRoutes(into, vector, next);
    into.set(vector, after);
    perInto.set(vector, reciprocal(after));
    shrink.set(vector, div(perInto.get(vector)!, products.perInto.get(vector)!));
  }
  return { perInto, shrink };
}

/**
 * The next weights [Meng 2019, Eq. 6; gsgd.md §4.2]: w′ = v′ / (P′[u]·Q[v]), written as
 * w·(P[u]/P′[u]) + (v′ − v)/(P′[u]·Q[v]), so that nothing is rounded where nothing moves;
 * free weights stay as they are.
 */
export function allocate(
  tensor: SkeletonTensor,
  update: Node,
  { perOutOf }: RouteProducts,
  { perInto, shrink }: NextProducts,
): Node {
  const { weight, tail, head } = tensor;
  const kept = times(weight, alongMap(shrink, tail, weight));
  const moved = times(
    times(update, alongMap(perInto, tail, weight)),
    alongMap(perOutOf, head, weight),
  );
  const next = applyUpdate(kept, moved);
  const free = freeMask(tensor);
  return free ? select(free, weight, next) : next;
}

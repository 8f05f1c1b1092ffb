import { div, fullLike, logicalOr, mul, type Node, select } from "../../graph/mod.ts";
import { elementsAt, positionMask, spread } from "./index_vector.ts";
import { type NodeValues, type NodeVector, valuesOf, type VectorSkeleton } from "./node_vectors.ts";
import type { ScaleMap } from "./scale_map.ts";
import type { SkeletonTensor } from "./skeleton.ts";

/**
 * Products of skeleton weights along the routes of each node [gsgd.md §0]: the value of the
 * basis path through a weight e = (u → v) is v_e = P[u] · w_e · Q[v].
 */
export interface RouteProducts {
  /** P: in-edges from GROUND down to the node. */
  readonly into: NodeValues;
  /** Q: out-edges from the node to GROUND. */
  readonly outOf: NodeValues;
  /** 1 / P. One division for each node; weights only multiply [gsgd.md §9.5]. */
  readonly perInto: NodeValues;
  /** 1 / Q. */
  readonly perOutOf: NodeValues;
}

/** P and Q of all scale nodes. */
export function routeProducts(skeleton: VectorSkeleton): RouteProducts {
  const into = new Map<NodeVector, Node>();
  for (const vector of skeleton.vectors) {
    into.set(vector, extendRoutes(into, vector, vector.nodes[0]!.inEdge.weight));
  }
  const outOf = new Map<NodeVector, Node>();
  const byOutDepth = skeleton.vectors.toSorted((a, b) =>
    a.nodes[0]!.outDepth - b.nodes[0]!.outDepth
  );
  for (const vector of byOutDepth) {
    const heads = valuesOf(outOf, vector.nodes.map(({ outEdge }) => outEdge.head), 1);
    outOf.set(vector, times(outWeights(vector), heads));
  }
  return { into, outOf, perInto: reciprocals(into), perOutOf: reciprocals(outOf) };
}

/** P of a vector's nodes from P of their tails; `weight` holds the in-edges. */
export function extendRoutes(into: NodeValues, vector: NodeVector, weight: Node): Node {
  const tails = valuesOf(into, vector.nodes.map(({ inEdge }) => inEdge.tail), 1);
  return times(inWeights(vector, weight), tails);
}

/** The in-edges of a vector's nodes, which lie in `weight`. */
export function inWeights({ nodes }: NodeVector, weight: Node = nodes[0]!.inEdge.weight): Node {
  return elementsAt(weight, nodes.map(({ inEdge }) => inEdge.position));
}

function outWeights({ nodes }: NodeVector): Node {
  return elementsAt(nodes[0]!.outEdge.weight, nodes.map(({ outEdge }) => outEdge.position));
}

function reciprocals(values: NodeValues): NodeValues {
  return new Map([...values].map(([vector, x]) => [vector, reciprocal(x)]));
}

/** 1 / x. */
export function reciprocal(x: Node): Node {
  return div(fullLike(x, 1), x);
}

/** x · factor; x itself if the factor is 1 everywhere. */
export function times(x: Node, factor: Node | undefined): Node {
  return factor ? mul(x, factor) : x;
}

/**
 * For each element of a weight the value of the node that the map names there, 1 for
 * GROUND; `undefined` if all are GROUND.
 */
export function alongMap(values: NodeValues, map: ScaleMap, weight: Node): Node | undefined {
  const vector = valuesOf(values, map.ids, 1);
  return vector && spread(vector, map.shape, weight.type.shape);
}

/** True at the free weights of a tensor; `undefined` if it has none. */
export function freeMask({ weight, tail, outEdges }: SkeletonTensor): Node | undefined {
  if (outEdges.every((edge) => edge === undefined)) return undefined;
  return positionMask(outEdges.map((edge) => edge?.position), tail.shape, weight.type.shape);
}

/** True at the in-edges of a tensor, trained or free; `undefined` if it has none. */
export function inEdgeMask({ weight, head, inEdges }: SkeletonTensor): Node | undefined {
  if (inEdges.every((edge) => edge === undefined)) return undefined;
  return positionMask(inEdges.map((edge) => edge?.position), head.shape, weight.type.shape);
}

/** P[u] · w · Q[v] of each weight: the path value of all but free weights. */
export function pathValue(
  { weight, tail, head }: SkeletonTensor,
  { into, outOf }: RouteProducts,
): Node {
  return times(times(weight, alongMap(into, tail, weight)), alongMap(outOf, head, weight));
}

/** The path value of each plain weight, 0 at skeleton weights: what decays [gsgd.md §8]. */
export function plainPathValue(tensor: SkeletonTensor, products: RouteProducts): Node {
  const value = pathValue(tensor, products);
  const masks = [freeMask(tensor), inEdgeMask(tensor)].flatMap((mask) => mask ?? []);
  if (masks.length === 0) return value;
  return select(masks.reduce(logicalOr), fullLike(value, 0), value);
}

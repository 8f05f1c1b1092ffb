import { div, fullLike, logicalOr, mul, type Node, select } from "../../../graph/mod.ts";
import { elementsAt, positionMask, spread } from "../skeleton/index_vector.ts";
import {
  type NodeValues,
  type NodeVector,
  valuesOf,
  type VectorSkeleton,
} from "../skeleton/node_vectors.ts";
import type { ScaleMap } from "../scales/scale_map.ts";
import type { SkeletonTensor } from "../skeleton/skeleton.ts";

/**
 * Products of skeleton weights along the routes of each node [gsgd.md §0]: the value of the
 * basis path through a weight e = (u → v) is v_e = P[u] · w_e · Q[v].
 */
export interface RouteProducts {
  /** P: in-edges from GROUND down to the node. */
  readonly p: NodeValues;
  /** Q: out-edges from the node to GROUND. */
  readonly q: NodeValues;
  /** 1 / P. One division for each node; weights only multiply [gsgd.md §9.5]. */
  readonly inverseP: NodeValues;
  /** 1 / Q. */
  readonly inverseQ: NodeValues;
}

/** P and Q of all scale nodes. */
export function routeProducts(skeleton: VectorSkeleton): RouteProducts {
  const p = new Map<NodeVector, Node>();
  for (const vector of skeleton.vectors) {
    p.set(vector, extendRoutes(p, vector, vector.inTensor.weight));
  }
  const q = new Map<NodeVector, Node>();
  const byOutDepth = skeleton.vectors.toSorted((a, b) =>
    a.nodes[0]!.outDepth - b.nodes[0]!.outDepth
  );
  for (const vector of byOutDepth) {
    const heads = valuesOf(q, vector.nodes.map(({ outEdge }) => outEdge.head), 1);
    q.set(vector, times(outWeights(vector), heads));
  }
  return { p, q, inverseP: reciprocals(p), inverseQ: reciprocals(q) };
}

/** P of a vector's nodes from P of their tails; `weight` holds the in-edges. */
export function extendRoutes(p: NodeValues, vector: NodeVector, weight: Node): Node {
  const tails = valuesOf(p, vector.nodes.map(({ inEdge }) => inEdge.tail), 1);
  return times(inWeights(vector, weight), tails);
}

/** The values of a vector's in-edges; `weight` holds them. */
export function inWeights({ nodes }: NodeVector, weight: Node): Node {
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
function times(x: Node, factor: Node | undefined): Node {
  return factor ? mul(x, factor) : x;
}

/**
 * For each element of a weight the value of the node in the map, 1 for GROUND; `undefined` if all
 * are GROUND.
 */
export function alongMap(values: NodeValues, map: ScaleMap, weight: Node): Node | undefined {
  const vector = valuesOf(values, map.ids, 1);
  return vector && spread(vector, map.shape, weight.type.shape);
}

/** True at the free weights of a tensor; `undefined` if it has none. */
function freeMask({ weight, tail, outEdges }: SkeletonTensor): Node | undefined {
  if (outEdges.every((edge) => edge === undefined)) return undefined;
  return positionMask(outEdges.map((edge) => edge?.position), tail.shape, weight.type.shape);
}

/** True at the in-edges of a tensor, trained or free; `undefined` if it has none. */
export function inEdgeMask({ weight, head, inEdges }: SkeletonTensor): Node | undefined {
  if (inEdges.every((edge) => edge === undefined)) return undefined;
  return positionMask(inEdges.map((edge) => edge?.position), head.shape, weight.type.shape);
}

/** `free` at the free weights of a tensor, `other` elsewhere. */
export function selectFree(tensor: SkeletonTensor, free: Node, other: Node): Node {
  const mask = freeMask(tensor);
  return mask ? select(mask, free, other) : other;
}

/** p[u] · x · q[v] at each weight (u → v) of a tensor. */
export function alongRoutes(
  x: Node,
  { weight, tail, head }: SkeletonTensor,
  p: NodeValues,
  q: NodeValues,
): Node {
  return times(times(x, alongMap(p, tail, weight)), alongMap(q, head, weight));
}

/** P[u] · w · Q[v] of each weight: the path value of all but free weights. */
export function pathValue(tensor: SkeletonTensor, { p, q }: RouteProducts): Node {
  return alongRoutes(tensor.weight, tensor, p, q);
}

/** The path value of each plain weight, 0 at skeleton weights: what decays [gsgd.md §8]. */
export function plainPathValue(tensor: SkeletonTensor, products: RouteProducts): Node {
  const value = pathValue(tensor, products);
  const masks = [freeMask(tensor), inEdgeMask(tensor)].flatMap((mask) => mask ?? []);
  if (masks.length === 0) return value;
  return select(masks.reduce(logicalOr), fullLike(value, 0), value);
}

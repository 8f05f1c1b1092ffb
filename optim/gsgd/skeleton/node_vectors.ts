import { concat, full, gather, groupBy, type Node, pad, slice } from "../../../graph/mod.ts";
import { indexVector } from "./index_vector.ts";
import { GROUND } from "../scales/scale_variables.ts";
import { isInEdgeFree, type ScaleNode, type Skeleton, type SkeletonTensor } from "./skeleton.ts";

/**
 * Scale nodes that are computed together: made by one op, with in-edges in one weight and
 * out-edges in one weight. In a layered network these are the layers.
 */
export interface NodeVector {
  readonly nodes: readonly ScaleNode[];
  /** The tensor that holds their in-edges. */
  readonly inTensor: SkeletonTensor;
  /** By node whether its in-edge is trained, not one of the free weights. */
  readonly trained: readonly boolean[];
  /** By node: the node whose in-edge is this node's out-edge; GROUND if there is none. */
  readonly next: readonly number[];
  /** Where each node of the skeleton is, by id. All vectors of a skeleton share it. */
  readonly places: ReadonlyMap<number, NodePlace>;
}

/** A node's vector, and its index there. */
export interface NodePlace {
  readonly vector: NodeVector;
  readonly index: number;
}

/** A skeleton with its nodes grouped into vectors. */
export interface VectorSkeleton extends Skeleton {
  /** Shallower in-routes first. */
  readonly vectors: readonly NodeVector[];
}

/** A number for each scale node, as one f32 vector for each node vector. */
export type NodeValues = ReadonlyMap<NodeVector, Node>;

/** Groups the scale nodes into vectors. */
export function vectorize(skeleton: Skeleton): VectorSkeleton {
  const tensors = new Map(skeleton.tensors.map((tensor, number) => [tensor.weight, number]));
  const groups = groupBy(skeleton.nodes, (node) => groupKey(node, tensors));
  const places = new Map<number, NodePlace>();
  const vectors = [...groups.values()].map((nodes): NodeVector => ({
    nodes,
    inTensor: skeleton.tensors[tensors.get(nodes[0]!.inEdge.weight)!]!,
    trained: nodes.map((node) => !isInEdgeFree(skeleton, node)),
    next: nodes.map(({ id, outEdge: { head } }) => {
      const next = skeleton.nodes[head - 1];
      const continues = next && next.inEdge.tail === id && isInEdgeFree(skeleton, next);
      return continues ? head : GROUND;
    }),
    places,
  })).toSorted((a, b) => a.nodes[0]!.inDepth - b.nodes[0]!.inDepth);
  for (const vector of vectors) {
    vector.nodes.forEach(({ id }, index) => places.set(id, { vector, index }));
  }
  return { ...skeleton, vectors };
}

function groupKey(
  { origin, inEdge, outEdge, inDepth, outDepth }: ScaleNode,
  tensors: ReadonlyMap<Node, number>,
): string {
  const [into, outOf] = [inEdge, outEdge].map(({ weight }) => tensors.get(weight)!);
  return [origin, into, outOf, inDepth, outDepth].join();
}

/** The vectors that have some of these nodes; `any` is a vector of the same skeleton. */
export function vectorsOf(
  [any]: Iterable<NodeVector>,
  ids: readonly number[],
): ReadonlySet<NodeVector> {
  return new Set(ids.flatMap((id) => any?.places.get(id)?.vector ?? []));
}

/**
 * The values of these nodes as one vector: [n]. `fill` where there is no node;
 * `undefined` if there is none at all.
 */
export function valuesOf(
  values: NodeValues,
  ids: readonly number[],
  fill: number,
): Node | undefined {
  const [first] = values.keys();
  const places = ids.map((id) => first?.places.get(id)).map((place) =>
    place && values.has(place.vector) ? place : undefined
  );
  const used = [...vectorsOf(values.keys(), ids)].filter((vector) => values.has(vector));
  const [only] = used;
  if (!only) return undefined;
  if (used.length === 1) {
    const indices = places.map((place) => place?.index ?? -1);
    const direct = readOne(values.get(only)!, indices, fill);
    if (direct) return direct;
  }
  // one table of all values, the last of which is `fill`
  const starts = new Map<NodeVector, number>();
  let size = 0;
  for (const vector of used) {
    starts.set(vector, size);
    size += vector.nodes.length;
  }
  const table = concat([...used.map((vector) => values.get(vector)!), full(fill, [1])], 0);
  return gather(
    table,
    indexVector(
      places.map((place) => place ? starts.get(place.vector)! + place.index : size),
    ),
  );
}

/** Reads one vector without a table, if the missing places are all at the end. */
function readOne(vector: Node, indices: readonly number[], fill: number): Node | undefined {
  const size = vector.type.shape[0]!;
  const count = indices.findIndex((index) => index < 0);
  if (count < 0) {
    const isWhole = indices.length === size && indices.every((index, k) => index === k);
    return isWhole ? vector : gather(vector, indexVector(indices));
  }
  const isPrefix = indices.every((index, k) => k < count ? index === k : index < 0);
  if (!isPrefix) return undefined;
  const prefix = count === size ? vector : slice(vector, [0], [count]);
  return pad(prefix, [0], [indices.length - count], { value: fill });
}

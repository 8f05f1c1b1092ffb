import { rowMajorStrides } from "../../../graph/mod.ts";
import { elementAt, type ScaleMap, variesAlong } from "../scales/scale_map.ts";
import { GROUND } from "../scales/scale_variables.ts";
import type { EdgeTensor } from "../scales/trace_scales.ts";
import type { ScaleNode, Skeleton, SkeletonEdge, SkeletonTensor } from "./skeleton.ts";

/** The edge through which a search reached a node. */
export interface FoundEdge {
  readonly depth: number;
  readonly edge: EdgeTensor;
  /** Elements of the edge's tail and head map. */
  readonly ends: Readonly<Record<"tails" | "heads", number>>;
}

/** A scale node with the edges of its routes. */
export interface FoundNode {
  readonly origin: number;
  readonly into: FoundEdge;
  readonly outOf: FoundEdge;
}

/** Numbers the nodes, and writes down which tensors hold their edges. */
export function buildSkeleton(
  edges: readonly EdgeTensor[],
  nodeOf: (id: number) => number,
  found: readonly FoundNode[],
): Skeleton {
  const resolved = edges.map((edge) => ({
    ...edge,
    tail: rename(edge.tail, nodeOf),
    head: rename(edge.head, nodeOf),
  }));
  const segments = segmentsOf(resolved, found.length);
  const skeletonEdge = ({ edge, ends }: FoundEdge): SkeletonEdge => ({
    weight: edge.weight,
    position: positionOf(edge, ends),
    tail: nodeOf(edge.tail.ids[ends.tails]!),
    head: nodeOf(edge.head.ids[ends.heads]!),
  });
  const nodes = found.map(({ origin, into, outOf }, i): ScaleNode => ({
    id: i + 1,
    inEdge: skeletonEdge(into),
    outEdge: skeletonEdge(outOf),
    inDepth: into.depth,
    outDepth: outOf.depth,
    origin,
    segment: segments[i + 1]!,
  }));
  const tensors = resolved.flatMap((edge): SkeletonTensor[] => {
    const touched = [...edge.tail.ids, ...edge.head.ids].find((id) => id !== GROUND);
    if (touched === undefined) return [];
    const inEdges: (SkeletonEdge | undefined)[] = new Array(edge.head.ids.length).fill(undefined);
    const outEdges: (SkeletonEdge | undefined)[] = new Array(edge.tail.ids.length).fill(undefined);
    found.forEach(({ into, outOf }, i) => {
      if (into.edge.weight === edge.weight) inEdges[into.ends.heads] = nodes[i]!.inEdge;
      if (outOf.edge.weight !== edge.weight) return;
      const { outEdge } = nodes[i]!;
      outEdges[elementAt(edge.tail, outEdge.position)] = outEdge; // in the group of its head
    });
    const { weight, kind, tail, head, isNormalized } = edge;
    const segment = segments[touched]!;
    return [{ weight, kind, tail, head, inEdges, outEdges, segment, isNormalized }];
  });
  return { nodes, tensors };
}

function rename({ shape, ids }: ScaleMap, nodeOf: (id: number) => number): ScaleMap {
  return { shape, ids: ids.map(nodeOf) };
}

/** Where in the weight the edge between two map elements lies: in the middle of other axes. */
function positionOf({ weight, tail, head }: EdgeTensor, ends: FoundEdge["ends"]): number[] {
  const [from, to] = [coordsOf(ends.tails, tail.shape), coordsOf(ends.heads, head.shape)];
  return weight.type.shape.map((size, axis) =>
    variesAlong(head, axis) ? to[axis]! : variesAlong(tail, axis) ? from[axis]! : size >> 1
  );
}

function coordsOf(element: number, shape: readonly number[]): number[] {
  const strides = rowMajorStrides(shape);
  return shape.map((size, axis) => Math.floor(element / strides[axis]!) % size);
}

/** Segment numbers by node id: nodes that share a weight tensor are in one segment. */
function segmentsOf(
  edges: readonly { readonly tail: ScaleMap; readonly head: ScaleMap }[],
  count: number,
): number[] {
  const segments = Array.from({ length: count + 1 }, (_, id) => id);
  for (const { tail, head } of edges) {
    const ids = new Set([...tail.ids, ...head.ids].filter((id) => id !== GROUND));
    const touched = new Set([...ids].map((id) => segments[id]!));
    const smallest = Math.min(...touched);
    segments.forEach((segment, id) => {
      if (touched.has(segment)) segments[id] = smallest;
    });
  }
  const names = [...new Set(segments.slice(1))];
  return segments.map((segment, id) => id === GROUND ? -1 : names.indexOf(segment));
}

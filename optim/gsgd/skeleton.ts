import { type Node, rowMajorStrides } from "../../graph/mod.ts";
import { elementAt, positionsOf, type ScaleMap, variesAlong } from "./scale_map.ts";
import { GROUND } from "./scale_variables.ts";
import type { EdgeKind, EdgeTensor, ScaleTrace } from "./trace_scales.ts";

/** One skeleton weight: an element of a weight tensor. */
export interface SkeletonEdge {
  /** The variable that holds it. */
  readonly weight: Node;
  /** Its position in the weight. */
  readonly position: readonly number[];
  /** The scale node that it leads out of; 0 is GROUND. */
  readonly tail: number;
  /** The scale node that it leads into; 0 is GROUND. */
  readonly head: number;
}

/** A hidden unit or feature map, with its place in both trees [gsgd.md §2.2]. */
export interface ScaleNode {
  /** From 1 on. */
  readonly id: number;
  /** Leads into the node on the in-route. */
  readonly inEdge: SkeletonEdge;
  /** Leads out of the node on the out-route: a free weight. */
  readonly outEdge: SkeletonEdge;
  /** Number of edges of its in-route. */
  readonly inDepth: number;
  /** Number of edges of its out-route. */
  readonly outDepth: number;
  /** The op that made its scale. */
  readonly maker: number;
  /** The segment it belongs to. */
  readonly segment: number;
}

/** A weight tensor whose edges touch scale nodes; the maps hold node ids. */
export interface SkeletonTensor {
  /** The variable. */
  readonly weight: Node;
  /** How it acts. */
  readonly kind: EdgeKind;
  /** The scale node that each element leads out of. */
  readonly tail: ScaleMap;
  /** The scale node that each element leads into. */
  readonly head: ScaleMap;
  /** By element of `tail`: the out-edge of that node, if it lies in this tensor there. */
  readonly outEdges: readonly (SkeletonEdge | undefined)[];
  /** By element of `head`: the in-edge of that node, if it lies in this tensor there. */
  readonly inEdges: readonly (SkeletonEdge | undefined)[];
  /** The segment that its nodes belong to. */
  readonly segment: number;
  /** Does a batch normalisation follow through which scales pass? */
  readonly isNormalized: boolean;
}

/** Scale nodes, their in-tree and out-tree, and the tensors that hold the edges. */
export interface Skeleton {
  /** In the order of their ids. */
  readonly nodes: readonly ScaleNode[];
  /** In the order in which they are used. */
  readonly tensors: readonly SkeletonTensor[];
}

/** Is the node's in-edge a free weight, because it is an out-edge as well? */
export function isInEdgeFree({ nodes }: Skeleton, { inEdge }: ScaleNode): boolean {
  return inEdge.tail !== GROUND && sameEdge(nodes[inEdge.tail - 1]!.outEdge, inEdge);
}

function sameEdge(a: SkeletonEdge, b: SkeletonEdge): boolean {
  return a.weight === b.weight && a.position.every((index, axis) => index === b.position[axis]);
}

/**
 * Chooses an in-edge and an out-edge for every scale node by breadth-first search from
 * GROUND, forwards and backwards [gsgd.md §3]: ties go to the earlier tensor, in it to the
 * modulo rule, then to the lowest index. Nodes without a route are pinned [gsgd.md §10.2].
 */
export function chooseSkeleton({ scales, edges }: ScaleTrace): Skeleton {
  for (;;) {
    const find = (id: number) => scales.isPinned(id) ? GROUND : scales.find(id);
    const blocks = edges.filter(({ kind }) => kind !== "bias").flatMap((edge) =>
      completeBlocks(edge, find)
    );
    const roots = new Set(edges.flatMap(({ tail, head }) => [...tail.ids, ...head.ids].map(find)));
    roots.delete(GROUND);
    const into = search(blocks, "heads", "tails");
    const outOf = search(blocks, "tails", "heads");
    const unusable = [...roots].filter((root) => !into.has(root) || !outOf.has(root));
    for (const root of unusable) {
      scales.pin(root, { code: into.has(root) ? "no-out-edge" : "no-in-edge" });
    }
    if (unusable.length > 0) continue;
    const ordered = [...roots].toSorted((a, b) => a - b);
    const ids = new Map(ordered.map((root, i) => [root, i + 1]));
    return build(
      edges,
      (id) => ids.get(find(id)) ?? GROUND,
      ordered.map((root) => ({
        maker: scales.makerOf(root),
        into: into.get(root)!,
        outOf: outOf.get(root)!,
      })),
    );
  }
}

/** Consecutive channels of one node (after a flatten), or one channel. */
interface Run {
  readonly root: number;
  /** The element of the map in its middle: where its skeleton weight lies [gsgd.md §3.3]. */
  readonly element: number;
}

/** All edges from each of `tails` to each of `heads`. */
interface Block {
  readonly edge: EdgeTensor;
  readonly tails: readonly Run[];
  readonly heads: readonly Run[];
}

/** Splits a tensor along the axes that its tails and heads share (grouped weights). */
function completeBlocks(edge: EdgeTensor, find: (id: number) => number): Block[] {
  const { tail, head, groups: count } = edge;
  const shared = [...tail.shape.keys()].filter((axis) =>
    variesAlong(tail, axis) && variesAlong(head, axis)
  );
  // where groups are told, the first of each stands for its other heads
  const size = (axis: number) => count === undefined ? 1 : head.shape[axis]! / count;
  const groups = new Map<string, { tails: number[]; heads: number[] }>();
  for (const [map, side] of [[tail, "tails"], [head, "heads"]] as const) {
    positionsOf(map.shape).forEach((position, element) => {
      if (side === "tails" && shared.some((axis) => position[axis]! % size(axis) !== 0)) return;
      const key = shared.map((axis) => Math.floor(position[axis]! / size(axis))).join();
      const group = groups.get(key) ?? { tails: [], heads: [] };
      groups.set(key, group);
      group[side].push(element);
    });
  }
  return [...groups.values()].map(({ tails, heads }) => ({
    edge,
    tails: runsOf(tails, (element) => find(tail.ids[element]!)),
    heads: runsOf(heads, (element) => find(head.ids[element]!)),
  }));
}

function runsOf(elements: readonly number[], rootOf: (element: number) => number): Run[] {
  const runs: { root: number; elements: number[] }[] = [];
  for (const element of elements) {
    const root = rootOf(element);
    const last = runs.at(-1);
    // fixed scales are not one node: each channel stands for itself
    if (last && root !== GROUND && last.root === root) last.elements.push(element);
    else runs.push({ root, elements: [element] });
  }
  return runs.map(({ root, elements: all }) => ({ root, element: all[all.length >> 1]! }));
}

/** A node as the search found it. */
interface Found {
  readonly depth: number;
  readonly edge: EdgeTensor;
  /** Elements of the edge's tail and head map. */
  readonly ends: Readonly<Record<"tails" | "heads", number>>;
}

/** Breadth-first search from GROUND over the blocks; `to` is the side that is reached. */
function search(
  blocks: readonly Block[],
  to: "heads" | "tails",
  from: "heads" | "tails",
): Map<number, Found> {
  const found = new Map<number, Found>();
  const depthOf = (root: number) => root === GROUND ? 0 : found.get(root)?.depth;
  for (let depth = 1;; depth++) {
    const level = new Map<number, Found>();
    for (const block of blocks) {
      const fits = (run: Run | undefined) => run && depthOf(run.root) === depth - 1;
      const first = block[from].find(fits);
      if (!first) continue;
      block[to].forEach(({ root, element }, k) => {
        if (depthOf(root) !== undefined || level.has(root)) return;
        const prescribed = block[from][k % block[from].length];
        const other = prescribed && fits(prescribed) ? prescribed : first;
        const ends = to === "heads"
          ? { heads: element, tails: other.element }
          : { tails: element, heads: other.element };
        level.set(root, { depth, edge: block.edge, ends });
      });
    }
    if (level.size === 0) return found;
    level.forEach((value, root) => found.set(root, value));
  }
}

interface Draft {
  readonly maker: number;
  readonly into: Found;
  readonly outOf: Found;
}

function build(
  edges: readonly EdgeTensor[],
  nodeOf: (id: number) => number,
  drafts: readonly Draft[],
): Skeleton {
  const resolved = edges.map((edge) => ({
    ...edge,
    tail: rename(edge.tail, nodeOf),
    head: rename(edge.head, nodeOf),
  }));
  const segments = segmentsOf(resolved, drafts.length);
  const skeletonEdge = ({ edge, ends }: Found): SkeletonEdge => ({
    weight: edge.weight,
    position: positionOf(edge, ends),
    tail: nodeOf(edge.tail.ids[ends.tails]!),
    head: nodeOf(edge.head.ids[ends.heads]!),
  });
  const nodes = drafts.map(({ maker, into, outOf }, i): ScaleNode => ({
    id: i + 1,
    inEdge: skeletonEdge(into),
    outEdge: skeletonEdge(outOf),
    inDepth: into.depth,
    outDepth: outOf.depth,
    maker,
    segment: segments[i + 1]!,
  }));
  const tensors = resolved.flatMap((edge): SkeletonTensor[] => {
    const touched = [...edge.tail.ids, ...edge.head.ids].find((id) => id !== GROUND);
    if (touched === undefined) return [];
    const inEdges: (SkeletonEdge | undefined)[] = new Array(edge.head.ids.length).fill(undefined);
    const outEdges: (SkeletonEdge | undefined)[] = new Array(edge.tail.ids.length).fill(undefined);
    drafts.forEach(({ into, outOf }, i) => {
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
function positionOf({ weight, tail, head }: EdgeTensor, ends: Found["ends"]): number[] {
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

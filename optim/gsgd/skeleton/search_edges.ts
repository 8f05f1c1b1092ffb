import { rowMajorStrides } from "../../../graph/mod.ts";
import type { EdgeTensor } from "../scales/forward_trace.ts";
import { positionsOf, variesAlong } from "../scales/scale_map.ts";
import { GROUND } from "../scales/scale_variables.ts";

/** The edge through which a search reached a node. */
export interface FoundEdge {
  readonly depth: number;
  readonly edge: EdgeTensor;
  /** Element of the edge's tail map. */
  readonly tail: number;
  /** Element of the edge's head map. */
  readonly head: number;
}

/** Where in its weight an edge is: in the middle of axes along which neither end varies. */
export function positionOf({ edge: { weight, tail, head }, ...ends }: FoundEdge): number[] {
  const [from, to] = [coordsOf(ends.tail, tail.shape), coordsOf(ends.head, head.shape)];
  return weight.type.shape.map((size, axis) =>
    variesAlong(head, axis) ? to[axis]! : variesAlong(tail, axis) ? from[axis]! : size >> 1
  );
}

function coordsOf(element: number, shape: readonly number[]): number[] {
  const strides = rowMajorStrides(shape);
  return shape.map((size, axis) => Math.floor(element / strides[axis]!) % size);
}

/** Consecutive channels of one node (after a flatten), or one channel. */
interface Run {
  readonly root: number;
  /** The element of the map in its middle: where its skeleton weight is [gsgd.md §3.3]. */
  readonly element: number;
}

/** All edges from each of `tails` to each of `heads`. */
interface Block {
  readonly edge: EdgeTensor;
  readonly tails: readonly Run[];
  readonly heads: readonly Run[];
}

/** Splits a tensor along the axes that its tails and heads share (grouped weights). */
export function completeBlocks(edge: EdgeTensor, find: (id: number) => number): Block[] {
  const { tail, head, groups: count } = edge;
  const shared = [...tail.shape.keys()].filter((axis) =>
    variesAlong(tail, axis) && variesAlong(head, axis)
  );
  // all heads of a group have the same tails: those of its first head
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
    // channels of fixed scale are not one node: each is a run of its own
    if (last && root !== GROUND && last.root === root) last.elements.push(element);
    else runs.push({ root, elements: [element] });
  }
  return runs.map(({ root, elements: all }) => ({ root, element: all[all.length >> 1]! }));
}

/**
 * Breadth-first search from GROUND over the blocks, for the edge through which each node is reached:
 * forward into its heads, or backward into its tails.
 */
export function searchEdges(
  blocks: readonly Block[],
  to: "heads" | "tails",
): Map<number, FoundEdge> {
  const from = to === "heads" ? "tails" : "heads";
  const found = new Map<number, FoundEdge>();
  const depthOf = (root: number) => root === GROUND ? 0 : found.get(root)?.depth;
  const blocksFrom = new Map<number, number[]>(); // root → the numbers of its blocks
  blocks.forEach((block, number) => {
    for (const root of new Set(block[from].map(({ root }) => root))) {
      const numbers = blocksFrom.get(root) ?? [];
      numbers.push(number);
      blocksFrom.set(root, numbers);
    }
  });
  let reached = [GROUND];
  for (let depth = 1;; depth++) {
    const level = new Map<number, FoundEdge>();
    const next = new Set(reached.flatMap((root) => blocksFrom.get(root) ?? []));
    for (const number of [...next].sort((a, b) => a - b)) {
      const block = blocks[number]!;
      const fits = (run: Run | undefined) => run && depthOf(run.root) === depth - 1;
      const first = block[from].find(fits);
      if (!first) continue;
      block[to].forEach(({ root, element }, k) => {
        if (depthOf(root) !== undefined || level.has(root)) return;
        const prescribed = block[from][k % block[from].length];
        const other = prescribed && fits(prescribed) ? prescribed : first;
        const [tail, head] = to === "heads" ? [other.element, element] : [element, other.element];
        level.set(root, { depth, edge: block.edge, tail, head });
      });
    }
    if (level.size === 0) return found;
    level.forEach((value, root) => found.set(root, value));
    reached = [...level.keys()];
  }
}

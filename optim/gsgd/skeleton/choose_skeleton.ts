import { positionsOf, variesAlong } from "../scales/scale_map.ts";
import { GROUND } from "../scales/scale_variables.ts";
import type { EdgeTensor, ScaleTrace } from "../scales/trace_scales.ts";
import { buildSkeleton, type FoundEdge } from "./build_skeleton.ts";
import type { Skeleton } from "./skeleton.ts";

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
    return buildSkeleton(
      edges,
      (id) => ids.get(find(id)) ?? GROUND,
      ordered.map((root) => ({
        origin: scales.originOf(root),
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
  // where groups are given, the first of each stands for its other heads
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

/** Breadth-first search from GROUND over the blocks; `to` is the side that is reached. */
function search(
  blocks: readonly Block[],
  to: "heads" | "tails",
  from: "heads" | "tails",
): Map<number, FoundEdge> {
  const found = new Map<number, FoundEdge>();
  const depthOf = (root: number) => root === GROUND ? 0 : found.get(root)?.depth;
  for (let depth = 1;; depth++) {
    const level = new Map<number, FoundEdge>();
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

import type { Node } from "../node.ts";
import { ScalarTable } from "../scalar/mod.ts";
import { sameType } from "../types.ts";
import { type Draft, draftLoads } from "./draft.ts";

/** Values that kernels read, and those that the graph keeps. */
interface Uses {
  readonly producers: ReadonlyMap<Node, Draft>;
  readonly readers: ReadonlyMap<Node, readonly Draft[]>;
  readonly roots: ReadonlySet<Node>;
}

/**
 * Reductions that write a value for each element that they read, as softmax does: the results that
 * can take the memory of a value that only they read, at the same positions. So a matrix of
 * attention is in memory once.
 */
export function rewriteRows(
  drafts: readonly Draft[],
  { producers, readers, roots }: Uses,
): Map<Node, Node> {
  const table = new ScalarTable();
  const inPlace = new Map<Node, Node>();
  for (const draft of drafts) {
    if (draft.reductions.length === 0) continue;
    const loads = draftLoads(draft);
    const free = new Set(
      loads.map(({ source }) => source).filter((source) =>
        producers.has(source) && !roots.has(source) && readers.get(source)!.length === 1
      ),
    );
    for (const { target, index } of draft.innerStores) {
      if (roots.has(target)) continue;
      const same = [...free].find((source) =>
        sameType(source.type, target.type) &&
        loads.every((load) => load.source !== source || table.equal(load.index, index))
      );
      if (same) {
        inPlace.set(target, same);
        free.delete(same);
      }
    }
  }
  return inPlace;
}

import type { Node } from "../node.ts";
import type { ScalarTable } from "../scalar/mod.ts";
import { contractionSources } from "./contraction.ts";
import { type Draft, draftLoads, draftStores } from "./draft.ts";

/** The constraints on merging and ordering kernels. */
export interface MergeRules {
  readonly slotsPerDispatch: number;
  /** A map may be merged into the rows of a reduction if at least this many run in parallel. */
  readonly enoughRows: number;
  /** Materialized node → the variable whose next value it is. */
  readonly variableOf: ReadonlyMap<Node, Node>;
}

/**
 * Whether the draft reads a variable at an index other than the one at which it writes the next
 * value. Equal indices are safe: outer stores come last at each position of the outer axes.
 */
export function hasHazard(draft: Draft, { variableOf }: MergeRules, table: ScalarTable): boolean {
  const updates = draftStores(draft).filter(({ target }) => variableOf.has(target));
  if (updates.length === 0) return false;
  const loads = draftLoads(draft);
  return updates.some((store) => {
    const variable = variableOf.get(store.target)!;
    if (draft.scan?.sources.includes(variable)) return true;
    if (draft.contraction && contractionSources(draft.contraction).includes(variable)) return true;
    return loads.some(({ source, index }) =>
      source === variable && !table.equal(index, store.index)
    );
  });
}

import type { Node } from "../node.ts";
import type { ScalarTable } from "../scalar/mod.ts";
import { contractionSources } from "./contraction.ts";
import { type Draft, draftLoads, draftStores } from "./draft.ts";

/** What joining and ordering kernels must respect. */
export interface MergeRules {
  readonly slotsPerDispatch: number;
  /** A map may join the rows of a reduction if this many run in parallel. */
  readonly enoughRows: number;
  /** The variable that a materialized node is the next value of. */
  readonly variableOf: ReadonlyMap<Node, Node>;
}

/**
 * Does the draft read a variable at another place than where it writes its next value?
 * Within one position of the outer axes, outer stores are done last, so reading comes first.
 */
export function hasHazard(draft: Draft, { variableOf }: MergeRules, table: ScalarTable): boolean {
  const updates = draftStores(draft).filter(({ target }) => variableOf.has(target));
  if (updates.length === 0) return false;
  const loads = draftLoads(draft);
  return updates.some((store) => {
    const variable = variableOf.get(store.target)!;
    if (draft.contraction && contractionSources(draft.contraction).includes(variable)) return true;
    return loads.some(({ source, index }) =>
      source === variable && !table.equal(index, store.index)
    );
  });
}

import type { Node } from "../node.ts";
import type { ScalarTable } from "../scalar/mod.ts";
import { contractionSources } from "./contraction.ts";
import { type Draft, draftLoads, draftStores } from "./draft.ts";

/** The constraints on merging and ordering kernels. */
export interface MergeRules {
  readonly slotsPerDispatch: number;
  readonly slotsPerKernel: number;
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
  const written = new Map(
    draftStores(draft).flatMap(({ target, index }) => {
      const variable = variableOf.get(target);
      return variable ? [[variable, index]] : [];
    }),
  );
  if (written.size === 0) return false;
  const operands = draft.contraction ? contractionSources(draft.contraction) : [];
  const read = [...operands, ...draft.scan?.sources ?? []];
  if (read.some((source) => written.has(source))) return true;
  return draftLoads(draft).some(({ source, index }) => {
    const writtenAt = written.get(source);
    return writtenAt !== undefined && !table.equal(index, writtenAt);
  });
}

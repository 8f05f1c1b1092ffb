import type { Node } from "../node.ts";
import { s, type Scalar, scalarRewriter, ScalarTable } from "../scalar/mod.ts";
import { elementCount, sameShape, type Shape } from "../types.ts";
import { type Draft, draftLoads, draftSources, type DraftStore, draftStores } from "./draft.ts";
import { DraftGraph } from "./draft_graph.ts";

/** What merging must respect. */
export interface MergeRules {
  readonly slotsPerDispatch: number;
  /** The variable that a stored node is the next value of. */
  readonly variableOf: ReadonlyMap<Node, Node>;
}

/** A map may join the rows of a reduction if this many rows run in parallel … */
const ENOUGH_ROWS = 32;
/** … or if the rows are no longer than this. */
const SHORT_ROW = 256;

/**
 * Joins kernels that walk the same index space: a value that one computes and the other
 * reads at the same place need not pass through memory. Vertically (epilogues of matrix
 * products, softmax rows), and horizontally (reductions over the same values).
 */
export function mergeDrafts(drafts: readonly Draft[], rules: MergeRules): Draft[] {
  const graph = new DraftGraph(drafts);
  const table = new ScalarTable();
  for (let changed = true; changed;) {
    changed = false;
    for (let position = 0; position < graph.order().length; position++) {
      const later = graph.order()[position]!;
      for (const earlier of graph.mergeCandidates(later)) {
        const merged = mergePair(earlier, later, table);
        if (!merged || !isAllowed(merged, earlier, later, rules, table)) continue;
        graph.replace(earlier, later, merged);
        position = graph.order().indexOf(merged) - 1; // look at it once more
        changed = true;
        break;
      }
    }
  }
  return graph.order();
}

function mergePair(earlier: Draft, later: Draft, table: ScalarTable): Draft | undefined {
  const label = `${earlier.label}+${later.label}`;
  const isMap = (draft: Draft) =>
    draft.inner.length === 0 && draft.reductions.length === 0 && !draft.matmul;
  const whole = (draft: Draft): Shape => [...draft.outer, ...draft.inner];
  if (later.matmul) return undefined;
  const forwarded = forwardStores(earlier, later, table);
  if (!forwarded) return undefined;
  if (isMap(later) && sameShape(later.outer, earlier.outer)) {
    return {
      ...earlier,
      label,
      outerStores: [...earlier.outerStores, ...forwarded.outerStores],
    };
  }
  if (earlier.matmul) return undefined;
  if (isMap(later) && earlier.inner.length > 0 && sameShape(later.outer, whole(earlier))) {
    if (!worthRows(earlier)) return undefined;
    return {
      ...earlier,
      label,
      innerStores: [...earlier.innerStores, ...forwarded.outerStores],
    };
  }
  if (isMap(earlier) && later.inner.length > 0 && sameShape(earlier.outer, whole(later))) {
    if (!worthRows(later)) return undefined;
    return {
      ...forwarded,
      label,
      innerStores: [...earlier.outerStores, ...forwarded.innerStores],
    };
  }
  const sameRows = later.inner.length > 0 && sameShape(earlier.outer, later.outer) &&
    sameShape(earlier.inner, later.inner);
  if (!sameRows) return undefined;
  return {
    ...earlier,
    label,
    reductions: [...earlier.reductions, ...forwarded.reductions],
    outerStores: [...earlier.outerStores, ...forwarded.outerStores],
    innerStores: [...earlier.innerStores, ...forwarded.innerStores],
  };
}

function worthRows(rows: Draft): boolean {
  return elementCount(rows.outer) >= ENOUGH_ROWS || elementCount(rows.inner) <= SHORT_ROW;
}

/**
 * `later` with its loads of what `earlier` stores replaced by the stored expressions, and
 * its results numbered after those of `earlier`; `undefined` if it reads another place.
 */
function forwardStores(earlier: Draft, later: Draft, table: ScalarTable): Draft | undefined {
  const stores = new Map(draftStores(earlier).map((store) => [store.target, store]));
  const reads = draftLoads(later).filter(({ source }) => stores.has(source));
  const elsewhere = reads.some(({ source, index }) =>
    !table.equal(stores.get(source)!.index, index)
  );
  if (elsewhere) return undefined;
  const shift = later.reductions.length > 0 ? earlier.reductions.length : 0;
  const rewriteScalar = scalarRewriter((leaf) => {
    if (leaf.op === "load") return stores.get(leaf.source as Node)?.value;
    if (leaf.op === "result") return s.result(leaf.result + shift, leaf.type);
    return undefined;
  });
  return rewriteDraft(later, rewriteScalar);
}

function rewriteDraft(draft: Draft, rewriteScalar: (scalar: Scalar) => Scalar): Draft {
  const rewriteStore = (store: DraftStore): DraftStore => ({
    ...store,
    index: rewriteScalar(store.index),
    value: rewriteScalar(store.value),
  });
  return {
    ...draft,
    reductions: draft.reductions.map(({ combine, value }) => ({
      combine,
      value: rewriteScalar(value),
    })),
    outerStores: draft.outerStores.map(rewriteStore),
    innerStores: draft.innerStores.map(rewriteStore),
  };
}

function isAllowed(
  merged: Draft,
  earlier: Draft,
  later: Draft,
  rules: MergeRules,
  table: ScalarTable,
): boolean {
  const touched = new Set([
    ...draftSources(merged),
    ...draftStores(merged).map(({ target }) => rules.variableOf.get(target) ?? target),
  ]);
  if (touched.size > rules.slotsPerDispatch) return false;
  const hazardBefore = hasHazard(earlier, rules, table) || hasHazard(later, rules, table);
  return hazardBefore || !hasHazard(merged, rules, table);
}

/** Does the draft read a variable at another place than where it writes its next value? */
export function hasHazard(draft: Draft, { variableOf }: MergeRules, table: ScalarTable): boolean {
  const loads = draftLoads(draft);
  return draftStores(draft).some((store) => {
    const variable = variableOf.get(store.target);
    if (!variable) return false;
    const { matmul } = draft;
    if (matmul?.a.source === variable || matmul?.b.source === variable) return true;
    return loads.some(({ source, index }) =>
      source === variable && !table.equal(index, store.index)
    );
  });
}

import { sizeOfUnion } from "../collections.ts";
import type { Node } from "../node.ts";
import { s, type Scalar, scalarRewriter, ScalarTable } from "../scalar/mod.ts";
import { elementCount, sameShape } from "../types.ts";
import { alignTo, alignToContraction, copyByContraction, unfoldToContraction } from "./align.ts";
import { MOST_DEPTH } from "./limit_depth.ts";
import {
  type Draft,
  draftDepth,
  draftLoads,
  draftSources,
  draftStores,
  draftValues,
  mapDraft,
  wholeSpace,
} from "./draft.ts";
import { DraftGraph } from "./draft_graph.ts";
import { hasHazard, type MergeRules } from "./hazard.ts";

/** Code generators store sets of results as the bits of a word. Training steps have about 6. */
const MOST_REDUCTIONS = 31;

/** A map may always be merged into the rows of a reduction that are at most this long. */
const SHORT_ROW = 256;

/**
 * Merges kernels that iterate over the same index space, so that a value that one computes and the
 * other reads at the same index does not pass through memory. It merges producers with consumers
 * (epilogues of matrix products, softmax rows) and kernels that read the same values (reductions).
 */
export function mergeDrafts(drafts: readonly Draft[], rules: MergeRules): readonly Draft[] {
  const graph = new DraftGraph(drafts, rules.slotsPerKernel);
  const table = new ScalarTable();
  const mergeWithEarlier = (later: Draft): Draft | undefined => {
    for (const earlier of graph.takeCandidates(later)) {
      const merged = mergePair(earlier, later, rules, table);
      if (!merged || graph.isSeparated(earlier, later)) continue;
      graph.replace(earlier, later, merged);
      return merged;
    }
    return undefined;
  };
  let later = graph.nextUntried();
  while (later) {
    const merged = mergeWithEarlier(later);
    later = merged ?? graph.nextUntried(later) ?? graph.nextUntried();
  }
  return [...graph.order];
}

/** Merges two kernels if the rules allow it. `later` may read results of `earlier`. */
function mergePair(
  earlier: Draft,
  later: Draft,
  rules: MergeRules,
  table: ScalarTable,
): Draft | undefined {
  if (earlier.scan) return undefined;
  const fit = fitsLimits(earlier, later, rules) && fitSpaces(earlier, later, rules);
  if (!fit) return undefined;
  const forwarded = forwardStores(fit.earlier, fit.later, table);
  if (!forwarded) return undefined;
  const label = joinLabels(earlier.label, later.label);
  const merged = { ...combine(fit, forwarded), label };
  if (draftDepth(merged) > MOST_DEPTH) return undefined;
  const isHazard = hasHazard(merged, rules, table) &&
    !hasHazard(earlier, rules, table) && !hasHazard(later, rules, table);
  return isHazard ? undefined : merged;
}

/** Whether one kernel can have the slots and the reductions of both. */
function fitsLimits(earlier: Draft, later: Draft, { slotsPerKernel }: MergeRules): boolean {
  if (earlier.reductions.length + later.reductions.length > MOST_REDUCTIONS) return false;
  // Count a next value and its variable as two slots: it may not be possible to write it in place.
  return sizeOfUnion(draftValues(earlier), draftValues(later)) <= slotsPerKernel;
}

/** How two kernels share one loop nest. */
interface Fit {
  readonly earlier: Draft;
  readonly later: Draft;
  /** Which draft determines the outer and inner axes. The other is a map over some of them. */
  readonly frame: "both" | "earlierRows" | "laterRows";
}

function fitSpaces(earlier: Draft, later: Draft, rules: MergeRules): Fit | undefined {
  if (isMap(later) && sameShape(later.outer, earlier.outer)) {
    return { earlier, later, frame: "both" };
  }
  if (earlier.contraction) {
    const aligned = isMap(later) ? epilogueOf(later, earlier) : undefined;
    return aligned && { earlier, later: aligned, frame: "both" };
  }
  if (isMap(later) && earlier.inner.length > 0) {
    const aligned = worthRows(earlier, rules)
      ? alignTo(wholeSpace(earlier), later, earlier)
      : undefined;
    return aligned && { earlier, later: aligned, frame: "earlierRows" };
  }
  if (isMap(earlier) && later.inner.length > 0) {
    const aligned = worthRows(later, rules)
      ? alignTo(wholeSpace(later), earlier, later)
      : undefined;
    return aligned && { earlier: aligned, later, frame: "laterRows" };
  }
  const sameRows = later.inner.length > 0 && sameShape(earlier.outer, later.outer) &&
    sameShape(earlier.inner, later.inner);
  return sameRows ? { earlier, later, frame: "both" } : undefined;
}

/** A map with the axes of a contraction that it can follow. */
function epilogueOf(map: Draft, contraction: Draft): Draft | undefined {
  const aligned = copyByContraction(map, contraction) ??
    alignToContraction(map, contraction.outer);
  if (aligned) return aligned;
  const sources = draftSources(map);
  const isReader = draftStores(contraction).some(({ target }) => sources.has(target));
  return isReader ? unfoldToContraction(map, contraction.outer) : undefined;
}

function combine({ earlier, frame }: Fit, later: Draft): Omit<Draft, "label"> {
  switch (frame) {
    case "earlierRows":
      return { ...earlier, innerStores: [...earlier.innerStores, ...later.outerStores] };
    case "laterRows":
      return { ...later, innerStores: [...earlier.outerStores, ...later.innerStores] };
    case "both":
      return {
        ...earlier,
        reductions: [...earlier.reductions, ...later.reductions],
        outerStores: [...earlier.outerStores, ...later.outerStores],
        innerStores: [...earlier.innerStores, ...later.innerStores],
      };
  }
}

function isMap({ inner, reductions, contraction }: Draft): boolean {
  return inner.length === 0 && reductions.length === 0 && !contraction;
}

function worthRows({ outer, inner }: Draft, { enoughRows }: MergeRules): boolean {
  return elementCount(outer) >= enoughRows || elementCount(inner) <= SHORT_ROW;
}

/**
 * `later`, with loads of values that `earlier` stores replaced by the stored expressions, and with
 * its results numbered after those of `earlier`. `undefined` if it reads them at another index.
 */
function forwardStores(earlier: Draft, later: Draft, table: ScalarTable): Draft | undefined {
  const stores = new Map(draftStores(earlier).map((store) => [store.target, store]));
  const reads = draftLoads(later).filter(({ source }) => stores.has(source));
  const elsewhere = reads.some(({ source, index }) =>
    !table.equal(stores.get(source)!.index, index)
  );
  if (elsewhere) return undefined;
  const shift = later.reductions.length > 0 ? earlier.reductions.length : 0;
  if (reads.length === 0 && shift === 0) return later;
  const rewriteScalar = scalarRewriter((leaf: Scalar) => {
    if (leaf.op === "load") return stores.get(leaf.source as Node)?.value;
    if (leaf.op === "result") return s.result(leaf.result + shift, leaf.type);
    return undefined;
  });
  return mapDraft(later, rewriteScalar);
}

const LABEL_PARTS = 4;

/** Joins two labels, and leaves out the middle of a long chain. */
function joinLabels(a: string, b: string): string {
  const parts = [...new Set([...a.split("+"), ...b.split("+")])].filter((part) => part !== "…");
  if (parts.length <= LABEL_PARTS) return parts.join("+");
  return [...parts.slice(0, 2), "…", ...parts.slice(-(LABEL_PARTS - 2))].join("+");
}

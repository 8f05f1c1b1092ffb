import { type Graph, rootsOf, topological } from "../graph.ts";
import type { Node } from "../node.ts";
import { checkPlan } from "../check_plan.ts";
import { labelOf } from "../tags.ts";
import { lowerablePasses } from "../passes/mod.ts";
import type { Limits } from "../plan.ts";
import { type Draft, draftKernels, draftSources, draftStores, type Schedule } from "./draft.ts";
import { emitPlan, type Lowered } from "./emit.ts";
export type { Lowered } from "./emit.ts";
export type { External } from "./slot_table.ts";
import type { MergeRules } from "./hazard.ts";
import { mergeDrafts } from "./merge.ts";
import { limitSources } from "./limit_sources.ts";
import { distinctRoots } from "./distinct_roots.ts";
import { scanLoweringOf } from "./scan_lowering.ts";
import { scheduleDrafts } from "./schedule.ts";
import { keptBytes, markLosses } from "./kept_bytes.ts";
import { chooseMaterialized } from "./choose_materialized.ts";

/** Number of rows that gives any device enough parallel work. */
const ENOUGH_ROWS = 32;

/**
 * Turns a graph into a plan in five steps: choose what is materialized, draft a kernel for each
 * materialized value, merge drafts, schedule them, and assign slots.
 * @throws {ShapeError} if a value or a loop is too large for the device
 */
export function lower(graph: Graph, limits: Limits, label: string): Lowered {
  const { roots, order, drafts, schedule } = scheduleGraph(markLosses(graph), limits);
  const kept = keptBytes(order, drafts);
  const facts = { label, ...(kept !== undefined && { keptBytes: kept }) };
  const lowered = emitPlan(schedule, roots, { facts, slotsPerDispatch: limits.slotsPerDispatch });
  checkPlan(lowered.plan, limits);
  return lowered;
}

/** All steps of lowering up to the schedule: also for the body of a scan. */
function scheduleGraph(graph: Graph, limits: Limits): {
  readonly roots: Graph;
  readonly order: readonly Node[];
  readonly drafts: readonly Draft[];
  readonly schedule: Schedule;
} {
  const roots = distinctRoots(lowerablePasses(limits)(graph));
  const order = topological(rootsOf(roots));
  const chosen = chooseMaterialized(order, new Set(rootsOf(roots)));
  const materialized = limitSources(order, chosen, limits.slotsPerDispatch);
  const rules: MergeRules = {
    slotsPerDispatch: limits.slotsPerDispatch,
    slotsPerKernel: Math.min(limits.slotsPerKernel ?? Infinity, limits.slotsPerDispatch),
    enoughRows: Math.min(ENOUGH_ROWS, limits.parallelRows),
    variableOf: new Map([...roots.updates].map(([variable, next]) => [next, variable])),
  };
  const names = new Map(
    [...roots.updates].map(([variable, next]) => [next, `update(${labelOf(variable)})`]),
  );
  const drafts = draftKernels(order, materialized, {
    names,
    scanDraft: (scan, parts) =>
      scanLoweringOf(scan).draft(scan, parts, (body) => scheduleGraph(body, limits)),
  });
  const live = dropUnread(mergeDrafts(drafts, rules), new Set(rootsOf(roots)));
  return {
    roots,
    order,
    drafts: live,
    schedule: scheduleDrafts(live, rules, new Set(rootsOf(roots))),
  };
}

/** Drops stores of values that no kernel reads, and drafts that then have no stores. */
function dropUnread(drafts: readonly Draft[], roots: ReadonlySet<Node>): Draft[] {
  const read = new Set(drafts.flatMap((draft) => [...draftSources(draft)]));
  const isWanted = ({ target }: { target: Node }) => read.has(target) || roots.has(target);
  return drafts
    .map((draft) => ({
      ...draft,
      outerStores: draft.outerStores.filter(isWanted),
      innerStores: draft.innerStores.filter(isWanted),
    }))
    .filter((draft) => draftStores(draft).length > 0);
}

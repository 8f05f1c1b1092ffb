import type { Graph } from "../graph.ts";
import type { Kernel, Store } from "../kernel.ts";
import type { Node } from "../node.ts";
import type { Plan } from "../plan.ts";
import { type Axis, type Scalar, scalarRewriter } from "../scalar/mod.ts";
import type { Shape } from "../types.ts";
import { kernelOfContraction } from "./contraction.ts";
import { type Draft, type DraftStore, draftValues, type Schedule, wholeSpace } from "./draft.ts";
import type { Program } from "./program.ts";
import { scanLoweringOf } from "./scan_lowering.ts";
import { type External, SlotTable } from "./slot_table.ts";

/** A plan and the bindings of its external slots. */
export interface Lowered {
  /** The program. */
  readonly plan: Plan;
  /** By slot number. */
  readonly externals: ReadonlyMap<number, External>;
}

/** Assigns a slot to every value and builds the plan. */
export function emitPlan(
  plan: Schedule,
  graph: Graph,
  { facts, slotsPerDispatch }: {
    readonly facts: Pick<Plan, "label" | "keptBytes">;
    readonly slotsPerDispatch: number;
  },
): Lowered {
  const slots = new SlotTable(graph);
  slots.bind(plan);
  graph.outputs.forEach((node) => slots.slot(node)); // no kernel writes an empty output
  const program: Program = { dispatches: [], loops: [], depth: 0, slots, slotsPerDispatch };
  emitSchedule(plan, program);
  const { list, memories } = slots.finish();
  const { dispatches, loops } = program;
  return {
    plan: { ...facts, slots: list, dispatches, memories, ...(loops.length > 0 && { loops }) },
    externals: slots.externals,
  };
}

/** Adds the dispatches of a schedule to a program. */
export function emitSchedule(schedule: Schedule, program: Program): void {
  for (const drafts of schedule.dispatches) {
    const [{ scan, label }] = drafts as readonly [Draft];
    if (scan) scanLoweringOf(scan.node).emit(scan, label, program);
    else emitDispatch(drafts, program);
  }
}

function emitDispatch(drafts: readonly Draft[], { slots, dispatches }: Program): void {
  const position = dispatches.push({ kernels: drafts.map((draft) => kernelOf(draft, slots)) }) - 1;
  for (const draft of drafts) {
    for (const node of draftValues(draft)) slots.use(node, position, position);
  }
}

function kernelOf(draft: Draft, slots: SlotTable): Kernel {
  const space = wholeSpace(draft);
  const toSlots = scalarRewriter((leaf) => {
    if (leaf.op === "axis") assertAxis(leaf, space, draft);
    return leaf.op === "load" ? { ...leaf, source: slots.slot(leaf.source as Node) } : undefined;
  });
  const stores = draft.outerStores.map((store) => storeOf(store, slots, toSlots));
  const { label, contraction, outer, inner } = draft;
  if (contraction) {
    return kernelOfContraction(contraction, {
      label,
      stores,
      slotOf: (node) => slots.slot(node),
    });
  }
  return {
    kind: "loop",
    label,
    outer,
    inner,
    reductions: draft.reductions.map(({ combine, value }) => ({ combine, value: toSlots(value) })),
    outerStores: stores,
    innerStores: draft.innerStores.map((store) => storeOf(store, slots, toSlots)),
  };
}

/** An expression that was simplified for the range of one loop must not be used in another. */
function assertAxis({ axis, size }: Axis, space: Shape, { label }: Draft): void {
  if (space[axis] === size) return;
  throw new Error(
    `Internal: axis ${axis} of "${label}" must have the size of its loop, ${space[axis]}: ` +
      `current size is ${size}`,
  );
}

function storeOf(
  { target, index, value }: DraftStore,
  slots: SlotTable,
  toSlots: (scalar: Scalar) => Scalar,
): Store {
  return { slot: slots.slot(target), index: toSlots(index), value: toSlots(value) };
}

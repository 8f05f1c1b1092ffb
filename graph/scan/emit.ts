import type { Kernel } from "../kernel.ts";
import type { Node } from "../node.ts";
import type { PlanLoop } from "../plan.ts";
import { s, scalarTypeOf } from "../scalar/mod.ts";
import { labelOf } from "../tags.ts";
import { elementCount } from "../types.ts";
import type { ScanLoop } from "../lower/draft.ts";
import { emitSchedule } from "../lower/emit.ts";
import type { Program } from "../lower/program.ts";
import type { SlotTable } from "../lower/slot_table.ts";

/** Emits the loop of a scan: copies the initial state, then repeats the dispatches of the body. */
export function emitLoop(scan: ScanLoop, label: string, program: Program): void {
  const { slots, dispatches, depth, slotsPerDispatch } = program;
  const first = dispatches.length;
  slots.bind(scan.schedule, { ...scan, depth });
  const carries = scan.carries.filter(({ state }) => elementCount(state.type.shape) > 0);
  const copies = carries.map(({ init, state }) => copyKernel(init, state, slots));
  const most = Math.max(1, Math.floor(slotsPerDispatch / 2)); // each copy has two slots
  while (copies.length > 0) dispatches.push({ kernels: copies.splice(0, most) });
  const from = dispatches.length;
  const loops: PlanLoop[] = [];
  if (scan.steps > 0) emitSchedule(scan.schedule, { ...program, loops, depth: depth + 1 });
  const to = dispatches.length;
  const loop = { label, from, to, turns: scan.steps };
  if (to > from) program.loops.push(loops.length > 0 ? { ...loop, loops } : loop);
  // A turn needs them after the last use in the turn before.
  for (const node of [...scan.sources, ...scan.targets]) {
    if (to > first) slots.use(node, first, to - 1);
  }
}

function copyKernel(from: Node, to: Node, slots: SlotTable): Kernel {
  const size = elementCount(to.type.shape);
  const index = s.axis(0, size);
  const value = s.load(slots.slot(from), scalarTypeOf(to.type.dtype), index);
  return {
    kind: "loop",
    label: `copy ${labelOf(from)}`,
    outer: [size],
    inner: [],
    reductions: [],
    outerStores: [{ slot: slots.slot(to), index, value }],
    innerStores: [],
  };
}

/** Emits the loops of a plan, which the first plan with a loop loads. */
import { slotsReadBy, slotsWrittenBy } from "../../graph/kernel.ts";
import type { Plan, PlanLoop, Window } from "../../graph/plan.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";

/** Where a loop is, and the table in which it moves its windows. */
export interface LoopPlace {
  readonly plan: Plan;
  readonly table: Local;
  /** Number of loops around it. */
  readonly depth: number;
}

/** Emits a loop. Its body runs in each turn, after which its windows move on. */
export function emitPlanLoop(
  f: FunctionBuilder,
  loop: PlanLoop,
  { plan, table, depth }: LoopPlace,
  emitBody: () => void,
): void {
  const windows = windowsOf(plan, loop, depth);
  for (const { slot, base, start } of windows) setAddress(f, table, { slot, base, by: start });
  f.for(f.local("i32"), 0, loop.turns, 1, () => {
    emitBody();
    for (const { slot, stride } of windows) setAddress(f, table, { slot, base: slot, by: stride });
  });
}

/** Emits code that sets the address of a window to that of `base` plus `by` elements. */
function setAddress(
  f: FunctionBuilder,
  table: Local,
  { slot, base, by }: Pick<MovedWindow, "slot" | "base"> & { readonly by: number },
): void {
  f.get(table).get(table).memory("i32.load", 4 * base).i32(4 * by).op("i32.add");
  f.memory("i32.store", 4 * slot);
}

/** A window, and the slot that it is. */
interface MovedWindow extends Window {
  readonly slot: number;
}

/** The windows that a loop moves, for its kernels and for the windows of loops in it. */
function windowsOf(
  { slots, dispatches }: Plan,
  { from, to }: PlanLoop,
  depth: number,
): MovedWindow[] {
  const kernels = dispatches.slice(from, to).flatMap(({ kernels }) => kernels);
  const used = new Set(
    kernels.flatMap((kernel) => [...slotsReadBy(kernel), ...slotsWrittenBy(kernel)]),
  );
  const windows: MovedWindow[] = [];
  for (const slot of used) { // grows: a window may be a part of another one
    const found = slots[slot]!;
    if (found.kind !== "window") continue;
    used.add(found.base);
    if (found.depth === depth) windows.push({ ...found, slot });
  }
  return windows;
}

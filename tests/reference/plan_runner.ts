/**
 * Runs a plan in float64, every kernel as its loop form: what the plan format means, without a
 * backend. Lowering is tested with it.
 */
import { type Dispatch, elementCount, type Plan } from "../../graph/mod.ts";
import { runLoop } from "../../graph/interpret/loop.ts";
import { asLoop } from "../../graph/kernel.ts";

type Memory = readonly Float64Array[];

/** Runs every dispatch; `memory` holds one array for each slot that is not a window. */
export function runPlan(plan: Plan, memory: Memory): void {
  for (let position = 0; position < plan.dispatches.length;) {
    const loop = plan.loops?.find(({ from }) => from === position);
    const end = loop?.to ?? position + 1;
    for (let turn = 0; turn < (loop?.turns ?? 1); turn++) {
      const seen = loop ? withWindows(plan, memory, turn) : memory;
      for (const dispatch of plan.dispatches.slice(position, end)) runDispatch(dispatch, seen);
    }
    position = end;
  }
}

/** The memory in one turn of a loop: a window is a part of another slot. */
function withWindows({ slots }: Plan, memory: Memory, turn: number): Memory {
  return slots.map((slot, i) => {
    if (slot.kind !== "window") return memory[i]!;
    const first = slot.start + turn * slot.stride;
    return memory[slot.base]!.subarray(first, first + elementCount(slot.type.shape));
  });
}

function runDispatch(dispatch: Dispatch, memory: Memory): void {
  for (const kernel of dispatch.kernels.toReversed()) runLoop(asLoop(kernel), memory); // any order must do
}

/**
 * Runs a plan in float64, every kernel as its loop form: what the plan format means, without a
 * backend. Lowering is tested with it.
 */
import { type Dispatch, elementCount, type Plan } from "../../graph/mod.ts";
import { runLoop } from "../../graph/interpret/loop.ts";
import { asLoop } from "../../graph/kernels/as_loop.ts";
import { type Section, sectionsOf } from "../../graph/plan_sections.ts";

type Memory = readonly Float64Array[];

/** Runs every dispatch; `memory` holds one array for each slot that is not a window. */
export function runPlan(plan: Plan, memory: Memory): void {
  const run = (sections: readonly Section<Dispatch>[], turns: readonly number[]): void => {
    for (const section of sections) {
      if (section.kind === "dispatches") {
        const seen = withWindows(plan, memory, turns);
        section.dispatches.forEach((dispatch) => runDispatch(dispatch, seen));
      } else {
        for (let turn = 0; turn < section.loop.turns; turn++) run(section.body, [...turns, turn]);
      }
    }
  };
  run(sectionsOf(plan), []);
}

/** The memory in one turn of each loop around it: a window is a part of another slot. */
function withWindows({ slots }: Plan, memory: Memory, turns: readonly number[]): Memory {
  const elements = (number: number): Float64Array => {
    const slot = slots[number]!;
    const turn = slot.kind === "window" ? turns[slot.depth] : undefined;
    if (slot.kind !== "window" || turn === undefined) return memory[number]!;
    const first = slot.start + turn * slot.stride;
    return elements(slot.base).subarray(first, first + elementCount(slot.type.shape));
  };
  return slots.map((_, number) => elements(number));
}

function runDispatch(dispatch: Dispatch, memory: Memory): void {
  for (const kernel of dispatch.kernels.toReversed()) runLoop(asLoop(kernel), memory); // any order must do
}

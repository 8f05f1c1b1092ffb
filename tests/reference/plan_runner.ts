/**
 * Runs a plan in float64, every kernel as its loop form: what the plan format means, without a
 * backend. Lowering is tested with it.
 */
import type { Dispatch, Plan } from "../../graph/mod.ts";
import { runLoop } from "../../graph/interpret/loop.ts";
import { asLoop } from "../../graph/kernel.ts";

type Memory = readonly Float64Array[];

/** Runs every dispatch; `memory` holds one array for each slot. */
export function runPlan(plan: Plan, memory: Memory): void {
  for (const dispatch of plan.dispatches) runDispatch(dispatch, memory);
}

function runDispatch(dispatch: Dispatch, memory: Memory): void {
  for (const kernel of dispatch.kernels.toReversed()) runLoop(asLoop(kernel), memory); // any order must do
}

import { type Plan, temporaryBytes } from "../../graph/mod.ts";
import type { StepPlan } from "../../metrics/mod.ts";

/** The size of a training step's plan, for metrics and reports. */
export function stepPlanOf(plan: Plan): StepPlan {
  const { dispatches, keptBytes } = plan;
  return {
    dispatches: dispatches.length,
    temporaryBytes: temporaryBytes(plan),
    ...(keptBytes !== undefined && { keptBytes }),
  };
}

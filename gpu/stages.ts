import type { Plan, Slot } from "../graph/plan.ts";
import type { AdapterProfile } from "./adapter_table.ts";
import { conv2dStages } from "./kernels/conv2d_stages.ts";
import type { GpuKernel } from "./kernels/gpu_kernel.ts";

/** A plan with the helping kernels and the scratch memory that this backend adds. */
export interface StagedPlan {
  readonly slots: readonly Slot[];
  readonly memories: readonly number[];
  /** In order; the kernels of each are independent. */
  readonly dispatches: readonly { readonly kernels: readonly GpuKernel[] }[];
}

/**
 * Divides kernels that need it into stages: a dispatch may get one before it and one
 * after it. Scratch slots live within one dispatch of the plan, so all dispatches share
 * their memory.
 */
export function stagePlan(plan: Plan, profile: AdapterProfile): StagedPlan {
  const slots: Slot[] = [...plan.slots];
  const scratchBytes: number[] = [];
  const dispatches = plan.dispatches.flatMap(({ kernels }) => {
    let taken = 0;
    const scratch = (elements: number) => {
      const number = taken++;
      scratchBytes[number] = Math.max(scratchBytes[number] ?? 0, 4 * elements);
      return slots.push({
        kind: "temporary",
        label: `scratch ${number}`,
        type: { dtype: "f32", shape: [elements] },
        memory: plan.memories.length + number,
      }) - 1;
    };
    const stages = kernels.map((kernel) =>
      kernel.kind === "conv2d" ? conv2dStages(kernel, profile, scratch) : { main: kernel }
    );
    const [before, main, after] = (["before", "main", "after"] as const).map((name) =>
      stages.map((stage) => stage[name]).filter((kernel) => kernel !== undefined)
    );
    return [before, main, after].filter((stage) => stage !== undefined && stage.length > 0)
      .map((stage) => ({ kernels: stage ?? [] }));
  });
  return { slots, memories: [...plan.memories, ...scratchBytes], dispatches };
}

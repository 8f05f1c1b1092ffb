import type { Plan } from "./plan.ts";
import { verifyAccess } from "./verify_access.ts";
import { verifyDispatch } from "./verify_dispatch.ts";
import { verifyPlan } from "./verify_plan.ts";
import { verifyScalars } from "./verify_scalars.ts";

/**
 * Checks a plan that `lower` may not have made, so that running it accesses nothing but its slots, as
 * `verifyPlan` does. In addition, expressions have types, operands and stores are inside of their
 * slots, and the kernels of a dispatch do not depend on each other. (The checked mode of the CPU
 * backend finds such mistakes at run time, also those of generated code.)
 * @throws {GraphError} naming the kernel
 */
export function verifyUntrusted(plan: Plan): void {
  verifyPlan(plan);
  for (const dispatch of plan.dispatches) {
    for (const kernel of dispatch.kernels) {
      verifyScalars(kernel);
      verifyAccess(kernel, plan);
    }
    verifyDispatch(dispatch, plan);
  }
}

import { scalarsOf } from "./kernel.ts";
import type { Plan } from "./plan.ts";
import { type Apply, visitScalars } from "./scalar/mod.ts";

/** The scalar functions that the kernels of a plan apply. */
export function appliedFunctions({ dispatches }: Pick<Plan, "dispatches">): Set<Apply["op"]> {
  const applied = new Set<Apply["op"]>();
  visitScalars(dispatches.flatMap(({ kernels }) => kernels.flatMap(scalarsOf)), (scalar) => {
    if ("args" in scalar) applied.add(scalar.op);
  });
  return applied;
}

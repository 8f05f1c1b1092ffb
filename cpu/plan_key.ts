import type { Plan } from "../graph/plan.ts";
import { type Scalar, ScalarTable } from "../graph/scalar/mod.ts";

/**
 * Cache key of a plan's code: plans with equal keys have equal code. Labels of the plan and of its
 * slots are not in it, nor are the sizes of memories. Labels of kernels are, because functions are
 * named after them.
 */
export function planKey({ slots, dispatches, loops }: Plan): string {
  const table = new ScalarTable();
  const unlabeled = slots.map(({ label: _, ...slot }) => slot);
  const number = (_: string, value: unknown): unknown => isScalar(value) ? table.id(value) : value;
  return JSON.stringify([unlabeled, dispatches, loops], number) + table.text;
}

/** Of all objects in a plan, only expressions have an `op`. */
function isScalar(value: unknown): value is Scalar {
  return typeof value === "object" && value !== null && "op" in value;
}

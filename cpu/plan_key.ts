import type { Plan } from "../graph/plan.ts";
import { type Scalar, ScalarTable } from "../graph/scalar/mod.ts";

/**
 * Text that is equal for two plans only if their code is: it contains everything but the labels of
 * the plan and of its slots. Kernels keep theirs, which are the names of functions.
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

import { appliedFunctions } from "../../graph/applied_functions.ts";
import type { Plan } from "../../graph/plan.ts";
import type { ElementaryFunctions } from "./functions.ts";

/** The scalar functions that are printed as calls of elementary functions. */
const elementary: ReadonlySet<string> = new Set([
  ...["exp", "log", "sin", "cos", "tanh", "erf", "log1p", "expm1", "pow", "atan2"],
]);

/** Loads the elementary functions if a plan applies any of them. Default: loads them. */
export async function loadFunctions(
  plan?: Pick<Plan, "dispatches">,
): Promise<ElementaryFunctions> {
  const isNeeded = !plan || [...appliedFunctions(plan)].some((name) => elementary.has(name));
  return isNeeded ? (await import("./elementary.ts")).elementaryFunctions : {};
}

/** The functions that are loaded with the first plan that applies them, because they are long. */
import { appliedFunctions } from "../../graph/applied_functions.ts";
import type { Plan } from "../../graph/plan.ts";
import type { LongFunction, LongFunctions, MathFunction } from "./math_library.ts";

/** The module of each function. */
const modules: Readonly<Record<LongFunction, () => Promise<MathFunction>>> = {
  sin: async () => (await import("./trigonometry.ts")).sin,
  cos: async () => (await import("./trigonometry.ts")).cos,
  tanh: async () => (await import("./tanh.ts")).tanh,
  erf: async () => (await import("./erf.ts")).erf,
  log1p: async () => (await import("./log1p.ts")).log1p,
  expm1: async () => (await import("./expm1.ts")).expm1,
  rem: async () => (await import("./remainder.ts")).remainder,
  pow: async () => (await import("./pow.ts")).pow,
  atan2: async () => (await import("./arctangent.ts")).atan2,
};

/** Loads the long functions that a plan applies. */
export async function loadLongFunctions(plan: Pick<Plan, "dispatches">): Promise<LongFunctions> {
  const applied: ReadonlySet<string> = appliedFunctions(plan);
  const entries = Object.entries(modules)
    .filter(([name]) => applied.has(name))
    .map(async ([name, load]) => [name, await load()] as const);
  return Object.fromEntries(await Promise.all(entries));
}

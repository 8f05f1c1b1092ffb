import { formatFound, GraphError, labelOf, type Node } from "../../../graph/mod.ts";
import type { Skeleton } from "./skeleton.ts";

/**
 * Throws if a value is not a plan but, for example, the graph that it is made from: `deno run`
 * does not type-check.
 *
 * @throws {TypeError} saying what was given
 */
export function checkPlan(action: string, plan: { readonly skeleton: Skeleton }): void {
  if (plan?.skeleton?.nodes) return;
  throw new TypeError(
    `Cannot ${action}: it needs a plan, such as planGsgd(graph): current is ${formatFound(plan)}`,
  );
}

/** The error for a plan that was made for a graph other than the one at hand. */
export function notInGraph(action: string, weight: Node): GraphError {
  return new GraphError(
    `Cannot ${action} "${labelOf(weight)}": the plan must be made for this graph: the graph does ` +
      "not train this weight",
  );
}

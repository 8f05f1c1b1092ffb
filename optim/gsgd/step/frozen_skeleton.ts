import { checkOptions, type Graph, LABEL, labelOf, type Pass } from "../../../graph/mod.ts";
import { describe, requireScaleNodes } from "../report/describe.ts";
import { planSkeleton } from "../skeleton/plan_skeleton.ts";
import { type SkeletonOptions, skeletonRules } from "../skeleton/skeleton_options.ts";
import { selectFree } from "./path_values.ts";

/**
 * A pass that freezes the free skeleton weights, as G-SGD does, and leaves all other updates
 * unchanged. With the initial weights of G-SGD it is the control that shows the effect of freezing
 * alone.
 *
 * The pass throws a {@linkcode GraphError} if there is no scale node.
 */
export function frozenSkeleton(options: SkeletonOptions = {}): Pass {
  checkOptions("freeze the skeleton", options, skeletonRules);
  return (graph: Graph) => {
    const plan = planSkeleton(graph, options);
    requireScaleNodes("apply frozenSkeleton", describe(plan));
    const updates = new Map(graph.updates);
    for (const tensor of plan.skeleton.tensors) {
      const { weight } = tensor;
      const before = updates.get(weight)!;
      const next = selectFree(tensor, weight, before);
      if (next !== before) updates.set(weight, LABEL.set(next, labelOf(weight)));
    }
    return { ...graph, updates };
  };
}

/**
 * Algorithm 1 once more, from the parts of the implementation: here a test can replace one of
 * them. `step_test.ts` checks that it is `gsgd` otherwise.
 */
import { type Graph, LABEL, labelOf, type Node, type Pass } from "../../../graph/mod.ts";
import type { GsgdOptions } from "../../../optim/gsgd/mod.ts";
import { planSkeleton } from "../../../optim/gsgd/skeleton/plan_skeleton.ts";
import type { SkeletonTensor } from "../../../optim/gsgd/skeleton/skeleton.ts";
import { penalized } from "../../../optim/gsgd/step/basis_path_penalty.ts";
import {
  type LossGradients,
  pathGradient,
  pathSums,
  rescaledGradients,
} from "../../../optim/gsgd/step/inverse_chain_rule.ts";
import { PathOptimizer } from "../../../optim/gsgd/step/path_optimizer.ts";
import { plainPathValue, routeProducts } from "../../../optim/gsgd/step/path_values.ts";
import { gradientAtInEdges } from "../../../optim/gsgd/step/product_gradient.ts";
import { clampRatios } from "../../../optim/gsgd/step/ratio_clamp.ts";
import { allocate, nextProducts } from "../../../optim/gsgd/step/weight_allocation.ts";

/** The parts that can be replaced. */
export const rightParts = { routeProducts, pathSums, pathGradient, nextProducts, allocate };
export type StepParts = typeof rightParts;

/** Of a network without scale nodes. */
const nothing: Pick<LossGradients, "loss" | "gradients"> = {
  loss: undefined,
  gradients: ({ weight }) => weight,
};

/** The pass with some of its parts replaced. */
export function stepOf(replaced: Partial<StepParts> = {}, options: GsgdOptions = {}): Pass {
  const parts = { ...rightParts, ...replaced };
  const { basisPathPenalty = 0, ratioClamp } = options;
  return (graph: Graph) => {
    const plan = planSkeleton(graph, options);
    const { skeleton, step } = plan;
    const { loss, gradients } = rescaledGradients(plan)[0] ?? nothing;
    const routes = parts.routeProducts(skeleton);
    const sums = parts.pathSums(skeleton, gradients);
    const slope = (tensor: SkeletonTensor, gradient: Node) => {
      const own = parts.pathGradient(skeleton, tensor, gradient, routes, sums);
      return penalized(own, tensor, routes, basisPathPenalty);
    };
    const inputs = new Map(skeleton.tensors.map((tensor) => {
      const gradient = slope(tensor, gradients(tensor));
      return [tensor.weight, {
        gradients: new Map([[loss, gradient]]),
        value: () => plainPathValue(tensor, routes),
      }];
    }));
    const optimizer = new PathOptimizer(graph, step, inputs);
    const atInEdges = (tensor: SkeletonTensor) => {
      const gradient = gradientAtInEdges(tensor, gradients(tensor));
      return optimizer.updateWith(tensor.weight, new Map([[loss, slope(tensor, gradient)]]));
    };
    const clamp = clampRatios(skeleton, routes, atInEdges, ratioClamp);
    const next = parts.nextProducts(skeleton, routes, (tensor) => clamp(tensor, atInEdges(tensor)));
    return optimizer.rewriteGraph(
      new Map(skeleton.tensors.map((tensor) => {
        const update = clamp(tensor, optimizer.update(tensor.weight));
        const allocated = parts.allocate(tensor, update, routes, next);
        return [tensor.weight, LABEL.set(allocated, labelOf(tensor.weight))];
      })),
    );
  };
}

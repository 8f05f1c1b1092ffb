import {
  checkOptions,
  type Graph,
  LABEL,
  labelOf,
  type Node,
  type Pass,
  select,
} from "../../graph/mod.ts";
import { skeletonRules } from "./check_options.ts";
import { freeMask } from "./path_values.ts";
import { requireScaleNodes } from "./require_scale_nodes.ts";
import { planSkeleton, type SkeletonOptions } from "./tag_skeleton.ts";

/**
 * The pass that only freezes what G-SGD freezes: the free skeleton weights keep their
 * values, and every other weight is updated as the graph says. With the first weights of
 * G-SGD it is the control that tells what the freezing does by itself.
 *
 * The pass throws a {@linkcode GraphError} if there is no scale node.
 */
export function frozenSkeleton(options: SkeletonOptions = {}): Pass {
  checkOptions("freeze the skeleton", options, skeletonRules);
  return (graph: Graph) => {
    const { skeleton, report } = planSkeleton(graph, options);
    requireScaleNodes("apply frozenSkeleton", report);
    const updates = new Map(graph.updates);
    for (const tensor of skeleton.tensors) {
      const free = freeMask(tensor);
      if (free) updates.set(tensor.weight, held(tensor.weight, free, updates));
    }
    return { ...graph, updates };
  };
}

function held(weight: Node, free: Node, updates: ReadonlyMap<Node, Node>): Node {
  return LABEL.set(select(free, weight, updates.get(weight)!), labelOf(weight));
}

import { is, type Node, normalize } from "../../../graph/mod.ts";
import { type ScaleMap, variesAlong } from "./scale_map.ts";
import type { ForwardTrace } from "./trace_scales.ts";

const CHANNEL = 1;

/** The inputs of a node through which scales come: of batch normalization only the first. */
export function scaleInputs(node: Node): readonly Node[] {
  return usesBatchStatistics(node) ? node.inputs.slice(0, 1) : node.inputs;
}

/** Is this a normalization by mean and variance of the very batch that it normalises? */
function usesBatchStatistics(node: Node): boolean {
  if (!is(node, normalize)) return false;
  const [x, mean, scale] = node.inputs as readonly [Node, Node, Node];
  return dependsOn(mean, x) && dependsOn(scale, x);
}

/** Statistics are few ops away from what they are taken of: the search ends there. */
function dependsOn(node: Node, wanted: Node): boolean {
  const seen = new Set<Node>();
  const stack = [node];
  while (stack.length > 0) {
    const next = stack.pop()!;
    if (next === wanted) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    stack.push(...next.inputs);
  }
  return false;
}

/**
 * Batch normalization [gsgd.md §6]. Scales pass through it in the modes "paper" and "none",
 * although the function is not invariant then; in the mode "affine", and with frozen
 * statistics, they end here.
 */
export function normalizeRule(node: Node, trace: ForwardTrace): ScaleMap {
  const input = node.inputs[0]!;
  const map = trace.mapOf(input);
  const isMixed = map.shape.some((_, axis) => axis !== CHANNEL && variesAlong(map, axis));
  const passes = trace.options.bn !== "affine" && usesBatchStatistics(node);
  if (passes && !isMixed && !trace.weightView(input)) return trace.setNormalized(node, map);
  trace.pinInputs(node, { code: "not-homogeneous", op: node.op.name });
  return trace.scales.ground(map.shape.length); // like data: what follows has its own reasons
}

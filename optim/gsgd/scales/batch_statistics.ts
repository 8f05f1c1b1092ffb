import { is, type Node, normalize } from "../../../graph/mod.ts";

/** The inputs of a node through which scales come: of batch normalization only the first. */
export function scaleInputs(node: Node): readonly Node[] {
  return usesBatchStatistics(node) ? node.inputs.slice(0, 1) : node.inputs;
}

/** Is this a normalization by mean and variance of the very batch that it normalizes? */
export function usesBatchStatistics(node: Node): boolean {
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

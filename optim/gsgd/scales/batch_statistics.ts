import { gradient, is, type Node, normalize } from "../../../graph/mod.ts";

/** The inputs that a node's scales depend on: the first of a batch normalization or a marker. */
export function scaleInputs(node: Node): readonly Node[] {
  const isFirst = is(node, gradient) || usesBatchStatistics(node);
  return isFirst ? node.inputs.slice(0, 1) : node.inputs;
}

/** Whether a node normalizes its input by the mean and variance of that input. */
export function usesBatchStatistics(node: Node): boolean {
  if (!is(node, normalize)) return false;
  const [x, mean, scale] = node.inputs as readonly [Node, Node, Node];
  return dependsOn(mean, x) && dependsOn(scale, x);
}

/** Statistics are few ops away from their input, so the search is short. */
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

import { type Graph, type Pass, rewrite, rootsOf, topological } from "../graph.ts";
import { is, isElementwise, type Node, withInputs } from "../node.ts";
import { select } from "../ops/arithmetic.ts";

/**
 * Simplifies selects nested under a select with the same condition: in
 * `select(c, a, f(select(c, x, y)))` the inner select becomes `y`. Only applies where the nodes in
 * between have no other users, so that nothing is computed twice. Must run after `cse`, which
 * merges equal conditions into one node.
 */
export const nestedSelects: Pass = (graph: Graph): Graph => {
  const uses = countUses(graph);
  return rewrite(graph, (node, original) => {
    uses.set(node, uses.get(original)!);
    if (!is(node, select)) return undefined;
    const [condition, whenTrue, whenFalse] = node.inputs as [Node, Node, Node];
    const inputs = [
      condition,
      knowing({ condition, holds: true, uses }, whenTrue),
      knowing({ condition, holds: false, uses }, whenFalse),
    ];
    if (inputs.every((input, i) => input === node.inputs[i])) return undefined;
    const replaced = withInputs(node, inputs);
    uses.set(replaced, uses.get(original)!);
    return replaced;
  });
};

/** Most ops to look through between two selects. Bounds the cost on long chains of selects. */
const DEEPEST = 32;

interface Known {
  readonly condition: Node;
  readonly holds: boolean;
  readonly uses: ReadonlyMap<Node, number>;
}

/** Simplifies a node, given whether the condition holds. */
function knowing(known: Known, node: Node, depth = 0): Node {
  const { condition, holds, uses } = known;
  if (is(node, select) && node.inputs[0] === condition) return node.inputs[holds ? 1 : 2]!;
  if (depth === DEEPEST || !isElementwise(node) || uses.get(node) !== 1) return node;
  const inputs = node.inputs.map((input) => knowing(known, input, depth + 1));
  return inputs.every((input, i) => input === node.inputs[i]) ? node : withInputs(node, inputs);
}

function countUses(graph: Graph): Map<Node, number> {
  const uses = new Map<Node, number>();
  const count = (node: Node) => uses.set(node, (uses.get(node) ?? 0) + 1);
  const roots = rootsOf(graph);
  roots.forEach(count);
  for (const { inputs } of topological(roots)) inputs.forEach(count);
  return uses;
}

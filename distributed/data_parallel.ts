import {
  allReduceSum,
  gradient,
  type Graph,
  GraphError,
  is,
  labelOf,
  type Node,
  type Pass,
  perRank,
  rewrite,
  rootsOf,
  topological,
  withInputs,
} from "../graph/mod.ts";

/**
 * Sums each gradient over the ranks where it is marked. All passes and optimizers after it see the
 * gradient of the global batch, so it must come before them.
 */
export const sumGradients: Pass = (graph: Graph): Graph =>
  rewrite(graph, (node) => {
    if (!is(node, gradient)) return undefined;
    const [value, ...rest] = node.inputs;
    return withInputs(node, [allReduceSum(value!), ...rest]);
  });

/** Removes the markers of gradients, which no pass needs any more, with the losses that they name. */
export const withoutMarkers: Pass = (graph: Graph): Graph =>
  rewrite(graph, (node) => is(node, gradient) ? node.inputs[0] : undefined);

/**
 * Checks that every rank computes the same outputs and updates: what depends on `perRank` or on the
 * variables `local` must be summed. The variables `local` themselves may differ.
 * @throws {GraphError} naming an update or output that could differ
 */
export function checkReplicated(graph: Graph, local: ReadonlySet<Node> = new Set()): void {
  const differs = new Set<Node>();
  for (const node of topological(rootsOf(graph))) {
    if (is(node, allReduceSum)) continue;
    const isLocal = is(node, perRank) || local.has(node);
    if (isLocal || node.inputs.some((input) => differs.has(input))) differs.add(node);
  }
  const fail = (what: string): never => {
    throw new GraphError(
      `Cannot distribute the step: ${what} must be the same on all ranks, but it depends on the ` +
        "samples of one rank: apply allReduceSum, or record it as the mean over all ranks",
    );
  };
  for (const [variable, next] of graph.updates) {
    if (!local.has(variable) && differs.has(next)) fail(`the next value of "${labelOf(variable)}"`);
  }
  for (const output of graph.outputs) {
    if (differs.has(output)) fail(`the output "${labelOf(output)}"`);
  }
}

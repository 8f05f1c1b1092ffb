import {
  defineTag,
  gradient,
  type Graph,
  GraphError,
  is,
  labelOf,
  type Node,
  rootsOf,
  type Tag,
} from "../graph/mod.ts";
import { Tensor } from "./tensor.ts";
import type { Variable } from "./variable.ts";

/** The variables whose next values were recorded when a value was computed. */
const RECORDED: Tag<readonly Node[]> = defineTag<readonly Node[]>("recorded");

/**
 * Marks a value of a layer that also recorded next values of its own variables, such as running
 * statistics. A training step that uses the value must update these variables: `compile` throws if
 * they were forgotten.
 */
export function withRecorded(x: Tensor, variables: readonly Variable[]): Tensor {
  return new Tensor(RECORDED.set(x.node, variables.map(({ node }) => node)));
}

/**
 * Throws if a graph that updates anything forgets what its layers recorded.
 * @throws {GraphError} naming the variables
 */
export function checkRecorded(graph: Graph): void {
  if (graph.updates.size === 0) return;
  const recorded = computedNodes(graph).flatMap((node) => RECORDED.get(node) ?? []);
  const forgotten = new Set(recorded.filter((variable) => !graph.updates.has(variable)));
  if (forgotten.size === 0) return;
  throw new GraphError(
    "Cannot compile: a training step must update what its layers recorded: missing: " +
      [...forgotten].map(labelOf).join(", ") +
      ": return updates: new Map([...optimizer.minimize(loss), " +
      "...statistics]), where record: (variable, next) => statistics.set(variable, next), or pass " +
      "record: ignoreStatistics",
  );
}

/** The nodes of a graph, without what only says of which loss a gradient is. */
function computedNodes(graph: Graph): Node[] {
  const seen = new Set<Node>();
  const stack = rootsOf(graph);
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const input of is(node, gradient) ? node.inputs.slice(0, 1) : node.inputs) {
      stack.push(input);
    }
  }
  return [...seen];
}

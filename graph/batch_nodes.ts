/** Batching of graphs: all nodes of one example become nodes of a batch of examples. */
import { GraphError } from "./errors.ts";
import { topological } from "./graph.ts";
import type { Node } from "./node.ts";
import { broadcastTo, reshape } from "./ops/broadcast.ts";
import { LABEL, labelOf, nameOf } from "./tags.ts";

/** The same value for each example. */
export function repeated(x: Node, size: number): Node {
  const { shape } = x.type;
  return broadcastTo(reshape(x, [1, ...shape]), [size, ...shape]);
}

/**
 * Batches the nodes under `roots` that depend on the keys of `examples`: maps each to a node with a
 * leading axis of `size` examples. The values of `examples` are those of the keys.
 * @throws {GraphError} if an op has no batching rule, with its name and the reason
 */
export function batchNodes(
  roots: readonly Node[],
  examples: ReadonlyMap<Node, Node>,
  size: number,
): ReadonlyMap<Node, Node> {
  const batched = new Map(examples);
  for (const node of topological(roots)) {
    if (batched.has(node) || !node.inputs.some((part) => batched.has(part))) continue;
    const rule = node.op.vmap;
    if (typeof rule !== "function") {
      const { name } = node.op;
      throw new GraphError(
        `Cannot vmap "${labelOf(node)}": the op ${name} has no batching rule: ${rule.refused}`,
      );
    }
    const all = () => node.inputs.map((part) => batched.get(part) ?? repeated(part, size));
    const result = rule({
      attrs: node.attrs,
      output: node,
      size,
      inputs: node.inputs.map((part) => batched.get(part) ?? part),
      isBatched: node.inputs.map((part) => batched.has(part)),
      all,
    });
    const label = LABEL.get(node);
    batched.set(node, label && !nameOf(result) ? LABEL.set(result, label) : result);
  }
  return batched;
}

import type { Node } from "../node.ts";

/** The value under a chain of views, or the first view of the chain that is materialized. */
export function viewed(node: Node, materialized: ReadonlySet<Node>): Node {
  const { lowering } = node.op;
  const isView = lowering.kind === "element" && lowering.view && node.inputs.length === 1;
  return isView && !materialized.has(node) ? viewed(node.inputs[0]!, materialized) : node;
}

import type { Node } from "../node.ts";

/** What a chain of views of one value looks at, or where it is stored: that is kept instead. */
export function viewed(node: Node, stored: ReadonlySet<Node>): Node {
  const { lowering } = node.op;
  const isView = lowering.kind === "element" && lowering.view && node.inputs.length === 1;
  return isView && !stored.has(node) ? viewed(node.inputs[0]!, stored) : node;
}

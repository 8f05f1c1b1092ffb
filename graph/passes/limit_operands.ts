import { type Graph, type Pass, rewrite } from "../graph.ts";
import { is, type Node, withInputs } from "../node.ts";
import { concat, elementsAt, flatPosition, gather, reshape } from "../ops/mod.ts";
import type { Limits } from "../plan.ts";
import { defineTag, type Tag } from "../tags.ts";
import { elementCount } from "../types.ts";

/** Operands of one node at most: every element of a wider concat would pick from all of them. */
const MOST_OPERANDS = 32;

/** Notes that a value must be materialized: fused with its users, it would be read again and again. */
export const STORED: Tag<true> = defineTag<true>("stored");

/**
 * Turns nodes of more operands than a kernel should read into several that read fewer: a wide
 * concat becomes a tree of concats, and elements at positions along many axes become elements
 * at row-major positions.
 */
export function limitOperands({ slotsPerDispatch }: Limits): Pass {
  const most = Math.max(2, Math.min(MOST_OPERANDS, slotsPerDispatch - 1));
  return (graph: Graph) =>
    rewrite(graph, (node) => {
      if (node.inputs.length <= most) return undefined;
      if (is(node, concat)) return concatTree(node, most);
      return is(node, elementsAt) ? elementsAtPositions(node) : undefined;
    });
}

/** Joins neighbors, `most` at a time, until that many are left. */
function concatTree(node: Node, most: number): Node {
  let parts = node.inputs;
  while (parts.length > most) {
    const groups = Array.from(
      { length: Math.ceil(parts.length / most) },
      (_, i) => parts.slice(i * most, (i + 1) * most),
    );
    parts = groups.map((group) =>
      group.length === 1 ? group[0]! : STORED.set(withInputs(node, group), true)
    );
  }
  return withInputs(node, parts);
}

/** The same elements, taken at their row-major positions. */
function elementsAtPositions(node: Node): Node {
  const [x, ...indices] = node.inputs;
  const { shape } = x!.type;
  return gather(reshape(x!, [elementCount(shape)]), flatPosition(shape, indices));
}

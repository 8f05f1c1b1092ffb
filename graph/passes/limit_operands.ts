import { type Graph, type Pass, rewrite } from "../graph.ts";
import { is, type Node, withInputs } from "../node.ts";
import { concat, elementsAt, flatPosition, gather, reshape } from "../ops/mod.ts";
import type { Limits } from "../plan.ts";
import { defineTag, type Tag } from "../tags.ts";
import { elementCount } from "../types.ts";

/** Most operands of one node. Each element of a concat selects among all of its operands. */
const MOST_OPERANDS = 32;

/** Tags a value that must be materialized. Fused into its users, it would be recomputed by each. */
export const MATERIALIZED: Tag<true> = defineTag<true>("materialized");

/**
 * Rewrites nodes with more operands than a kernel can bind: a wide `concat` becomes a tree of
 * concats, and `elementsAt` with many index tensors becomes a gather at row-major positions.
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

/** Concatenates adjacent inputs, `most` at a time, until at most that many remain. */
function concatTree(node: Node, most: number): Node {
  let parts = node.inputs;
  while (parts.length > most) {
    const groups = Array.from(
      { length: Math.ceil(parts.length / most) },
      (_, i) => parts.slice(i * most, (i + 1) * most),
    );
    parts = groups.map((group) =>
      group.length === 1 ? group[0]! : MATERIALIZED.set(withInputs(node, group), true)
    );
  }
  return withInputs(node, parts);
}

/** The same elements, gathered at their row-major positions. */
function elementsAtPositions(node: Node): Node {
  const [x, ...indices] = node.inputs;
  const { shape } = x!.type;
  return gather(reshape(x!, [elementCount(shape)]), flatPosition(shape, indices));
}

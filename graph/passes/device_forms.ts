import { type Graph, type Pass, rewrite } from "../graph.ts";
import type { Limits } from "../plan.ts";

/** Most operands of one node. Each element of a concat selects among all of its operands. */
const MOST_OPERANDS = 32;

/**
 * Replaces nodes that are too large for one kernel by the forms that their rows give: a wide
 * `concat` becomes a tree of concats, `elementsAt` with many index tensors becomes a gather at
 * row-major positions, and `overlapAdd` becomes a reduction where many windows cover a pixel.
 */
export function deviceForms({ slotsPerDispatch }: Limits): Pass {
  const mostOperands = Math.max(2, Math.min(MOST_OPERANDS, slotsPerDispatch - 1));
  return (graph: Graph) =>
    rewrite(graph, (node) => {
      const { lowering } = node.op;
      if (lowering.kind !== "element") return undefined;
      return lowering.deviceForm?.(node, node.attrs, { mostOperands });
    });
}

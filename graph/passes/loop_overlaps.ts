import { type Graph, type Pass, rewrite } from "../graph.ts";
import { attrsOf, makeNode } from "../node.ts";
import { isLongOverlap, overlapTerms } from "../ops/_overlap.ts";
import { overlapAdd, reduceSum } from "../ops/mod.ts";

/**
 * Turns `overlapAdd` into a reduction where many windows cover a pixel. Unrolled, the sum would be
 * an expression as large as the window. Small windows stay unrolled.
 */
export const loopOverlaps: Pass = (graph: Graph): Graph =>
  rewrite(graph, (node) => {
    const attrs = attrsOf(node, overlapAdd);
    if (!attrs || !isLongOverlap(attrs)) return undefined;
    const terms = overlapTerms(node.inputs[0]!, attrs);
    const rank = terms.type.shape.length;
    return makeNode(reduceSum.op, [terms], { axes: [rank - 2, rank - 1] }, node.tags);
  });

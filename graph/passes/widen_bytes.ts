import { type Graph, type Pass, rewrite } from "../graph.ts";
import { cast } from "../ops/functions.ts";
import { LABEL, labelOf } from "../tags.ts";

/**
 * Casts `u8` sources to `i32`, because backends can only store 32-bit words. Ops that move `u8`
 * elements then move `i32`, and an output of type `u8` becomes an `i32` output.
 */
export const widenBytes: Pass = (graph: Graph): Graph =>
  rewrite(graph, (node) => {
    const isBytes = node.type.dtype === "u8" && node.op.lowering.kind === "source";
    return isBytes ? LABEL.set(cast(node, "i32"), labelOf(node)) : undefined;
  });

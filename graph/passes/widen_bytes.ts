import { type Graph, type Pass, rewrite } from "../graph.ts";
import { cast } from "../ops/mod.ts";
import { LABEL, labelOf } from "../tags.ts";

/**
 * Reads bytes as `i32`, so that no kernel writes single bytes: a backend stores 32-bit words only.
 * What moves `u8` elements moves `i32` then, and an output of type `u8` becomes one of `i32`.
 */
export const widenBytes: Pass = (graph: Graph): Graph =>
  rewrite(graph, (node) => {
    const isBytes = node.type.dtype === "u8" && node.op.lowering.kind === "source";
    return isBytes ? LABEL.set(cast(node, "i32"), labelOf(node)) : undefined;
  });

import { type Graph, type Pass, rewrite, rootsOf, topological } from "../graph.ts";
import { attrsOf, type Node } from "../node.ts";
import { broadcastTo, reshape } from "../ops/broadcast.ts";
import { constant, full } from "../ops/source.ts";
import { slice } from "../ops/views.ts";

/** Literals that are common to many programs and enable optimizations. They stay in the code. */
const common: ReadonlySet<number> = new Set([0, 0.5, 1, -1, 2, Infinity, -Infinity, NaN]);

/**
 * Moves the float literals of a graph into one constant, so that graphs that differ only in their
 * numbers are the same program: a loop that multiplies by a different number each time compiles
 * only once. Meant for programs that run once; a training step is faster with its literals in the
 * code.
 */
export const literalsAsData: Pass = (graph: Graph): Graph => {
  const literals = topological(rootsOf(graph)).filter(isLiteral);
  if (literals.length === 0) return graph;
  const values = [...new Set(literals.map(valueOf))];
  const table = constant(Float32Array.from(values), [values.length]);
  return rewrite(graph, (node) => {
    if (!isLiteral(node)) return undefined;
    const index = values.indexOf(valueOf(node));
    const one = slice(table, [index], [1]);
    const { shape } = node.type;
    return shape.length === 0 ? reshape(one, []) : broadcastTo(one, shape);
  });
};

function isLiteral(node: Node): boolean {
  const value = attrsOf(node, full)?.value;
  return value !== undefined && node.type.dtype === "f32" && !common.has(value);
}

function valueOf(node: Node): number {
  return attrsOf(node, full)!.value;
}

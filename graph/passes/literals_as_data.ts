import { type Graph, type Pass, rewrite, rootsOf, topological } from "../graph.ts";
import { attrsOf, type Node } from "../node.ts";
import { broadcastTo, constant, full, reshape, slice } from "../ops/mod.ts";

/** Numbers that many programs share, and that code is better with: they stay in the code. */
const common: ReadonlySet<number> = new Set([0, 0.5, 1, -1, 2, Infinity, -Infinity, NaN]);

/**
 * Makes the float literals of a graph the elements of one constant, so that graphs that differ in
 * numbers only are the same program: a loop that multiplies by another number each time compiles
 * once. For programs that run once; a step that runs often is better with its numbers in its code.
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

import { type Graph, type Pass, rewrite } from "../graph.ts";
import { makeNode, type Node } from "../node.ts";
import { type AxesAttrs, reshape } from "../ops/mod.ts";
import type { Limits } from "../plan.ts";
import { elementCount } from "../types.ts";

/**
 * Splits reductions of many elements to few results into two stages, so that the first has enough
 * parallel work. The split depends only on the shape and the limits, so results are reproducible.
 */
export function splitReductions({ longRow, parallelRows }: Limits): Pass {
  return (graph: Graph) =>
    rewrite(graph, (node) => {
      if (node.op.lowering.kind !== "reduce") return undefined;
      const input = node.inputs[0]!;
      const { axes } = node.attrs as AxesAttrs;
      const results = elementCount(node.type.shape);
      const row = elementCount(input.type.shape) / Math.max(1, results);
      if (results >= parallelRows || !(row > longRow)) return undefined;
      return splitOne(node, input, axes, Math.ceil(row / longRow));
    });
}

/** Splits one axis into about `wanted` parts, reduces each part, then reduces across the parts. */
function splitOne(
  node: Node,
  input: Node,
  axes: readonly number[],
  wanted: number,
): Node | undefined {
  const { shape } = input.type;
  const choices = axes.flatMap((axis) => {
    const parts = divisorNear(shape[axis]!, wanted);
    return parts > 1 ? [{ axis, parts }] : [];
  });
  const best = choices.sort((a, b) => b.parts - a.parts)[0];
  if (!best) return undefined;
  const { axis, parts } = best;
  const pieces = reshape(input, shape.toSpliced(axis, 1, parts, shape[axis]! / parts));
  const within = axes.map((other) => other >= axis ? other + 1 : other);
  const partial = makeNode(node.op, [pieces], { axes: within });
  const kept = axis - axes.filter((other) => other < axis).length;
  return makeNode(node.op, [partial], { axes: [kept] }, node.tags);
}

/**
 * The smallest suitable number of parts: a divisor of `size` that is at least `wanted`, or 1 if
 * there is none.
 */
function divisorNear(size: number, wanted: number): number {
  const least = Math.max(2, wanted);
  // Iterates over the part length, which is at most a long row, so the loop is short.
  for (let rest = Math.floor(size / least); rest >= 2; rest--) {
    if (size % rest === 0) return size / rest;
  }
  return size > wanted && size <= 4 * wanted ? size : 1;
}

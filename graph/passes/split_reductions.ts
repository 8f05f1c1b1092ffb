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
      const { shape } = node.inputs[0]!.type;
      const { axes } = node.attrs as AxesAttrs;
      const results = elementCount(node.type.shape);
      const row = elementCount(shape) / Math.max(1, results);
      if (results >= parallelRows || !(row > longRow)) return undefined;
      const parts = choosePartCounts(axes.map((axis) => shape[axis]!), Math.ceil(row / longRow));
      if (parts.every((count) => count === 1)) return undefined;
      return inTwoStages(node, new Map(axes.map((axis, i) => [axis, parts[i]!])));
    });
}

/** Reduces within each part, then across the parts. */
function inTwoStages(node: Node, partCounts: ReadonlyMap<number, number>): Node {
  const input = node.inputs[0]!;
  const pieces = input.type.shape.flatMap((size, axis): Piece[] => {
    const parts = partCounts.get(axis);
    if (parts === undefined) return [{ size, stage: undefined }];
    return [{ size: parts, stage: 2 }, { size: size / parts, stage: 1 }];
  }).filter(({ size, stage }) => size > 1 || stage === undefined);
  const split = reshape(input, pieces.map(({ size }) => size));
  const partial = makeNode(node.op, [split], { axes: axesOf(pieces, 1) });
  const kept = pieces.filter(({ stage }) => stage !== 1);
  return makeNode(node.op, [partial], { axes: axesOf(kept, 2) }, node.tags);
}

/** An axis of the split input, and the stage that reduces it, if any. */
interface Piece {
  readonly size: number;
  readonly stage: 1 | 2 | undefined;
}

function axesOf(pieces: readonly Piece[], stage: 1 | 2): number[] {
  return pieces.flatMap((piece, axis) => piece.stage === stage ? [axis] : []);
}

/**
 * Chooses the number of parts of each reduced axis, about `wanted` in all. Splits one axis if that
 * gives enough parts, else several, outermost first, so that each part stays contiguous in memory.
 */
function choosePartCounts(sizes: readonly number[], wanted: number): readonly number[] {
  const alone = sizes.map((size) => divisorNear(size, wanted));
  const most = Math.max(...alone);
  if (most > 1) return sizes.map((_, i) => i === alone.indexOf(most) ? most : 1);
  let missing = wanted;
  return sizes.map((size) => {
    if (missing <= 1) return 1;
    const parts = size <= missing ? size : divisorNear(size, missing);
    missing = Math.ceil(missing / parts);
    return parts;
  });
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
  return size >= wanted && size <= 4 * wanted ? size : 1;
}

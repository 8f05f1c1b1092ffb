import { type Graph, type Pass, rewrite } from "../graph.ts";
import { makeNode, type Node } from "../node.ts";
import { type AxesAttrs, reshape } from "../ops/broadcast.ts";
import type { Limits } from "../plan.ts";
import { elementCount } from "../types.ts";

/**
 * Splits reductions of many elements to few results into two stages, so that the first has enough
 * parallel work. The split depends only on the shape and the limits, so results are reproducible.
 */
export function splitReductions(limits: Limits): Pass {
  return (graph: Graph) =>
    rewrite(graph, (node) => {
      const stages = node.op.lowering.kind === "reduce" ? stagesOf(node, limits) : undefined;
      if (!stages) return undefined;
      const partial = makeNode(node.op, [stages.split], { axes: stages.within });
      return makeNode(node.op, [partial], { axes: stages.across }, node.tags);
    });
}

/** How a reduction is split into two stages. */
export interface Stages {
  /** The input, reshaped so that parts have axes of their own. */
  readonly split: Node;
  /** The axes of `split` that the first stage reduces: those within a part. */
  readonly within: readonly number[];
  /** The axes of the first stage's result that the second stage reduces: those across parts. */
  readonly across: readonly number[];
}

/** How to split a reduction; undefined if it has enough parallel work, or cannot be split. */
export function stagesOf(node: Node, { longRow, parallelRows }: Limits): Stages | undefined {
  const input = node.inputs[0]!;
  const { shape } = input.type;
  const { axes } = node.attrs as AxesAttrs;
  const results = elementCount(node.type.shape);
  const row = elementCount(shape) / Math.max(1, results);
  if (results >= parallelRows || !(row > longRow)) return undefined;
  const parts = choosePartCounts(axes.map((axis) => shape[axis]!), Math.ceil(row / longRow));
  if (parts.every((count) => count === 1)) return undefined;
  return divide(input, new Map(axes.map((axis, i) => [axis, parts[i]!])));
}

function divide(input: Node, partCounts: ReadonlyMap<number, number>): Stages {
  const pieces = input.type.shape.flatMap((size, axis): Piece[] => {
    const parts = partCounts.get(axis);
    if (parts === undefined) return [{ size, stage: undefined }];
    return [{ size: parts, stage: 2 }, { size: size / parts, stage: 1 }];
  }).filter(({ size, stage }) => size > 1 || stage === undefined);
  return {
    split: reshape(input, pieces.map(({ size }) => size)),
    within: axesOf(pieces, 1),
    across: axesOf(pieces.filter(({ stage }) => stage !== 1), 2),
  };
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

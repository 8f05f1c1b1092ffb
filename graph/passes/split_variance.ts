import { type Graph, type Pass, rewrite, rootsOf, topological } from "../graph.ts";
import { is, makeNode, type Node } from "../node.ts";
import { add, div, fullLike, mul, sub } from "../ops/arithmetic.ts";
import { broadcastBack, reduceSum } from "../ops/broadcast.ts";
import { square } from "../ops/functions.ts";
import { variance } from "../ops/normalize.ts";
import type { Limits } from "../plan.ts";
import { elementCount } from "../types.ts";
import { type Stages, stagesOf } from "./split_reductions.ts";

/**
 * Splits a variance and its mean together, where `splitReductions` would split both: the first
 * stage computes the mean and the squared deviations of each part, and the second combines them
 * (Chan, Golub, and LeVeque, 1979). That is as accurate as subtracting the mean of all elements
 * first, but takes two kernels instead of four.
 */
export function splitVariance(limits: Limits): Pass {
  return (graph: Graph) => {
    const sums = new Set(
      topological(rootsOf(graph)).flatMap((node) =>
        is(node, variance) ? sumOfMean(node) ?? [] : []
      ),
    );
    const parts = new Map<Node, Parts>();
    return rewrite(graph, (node, original) => {
      if (sums.has(original)) {
        const stages = stagesOf(node, limits);
        if (!stages) return undefined;
        const sum = reduceSum(stages.split, stages.within);
        parts.set(original, { stages, sum });
        return makeNode(node.op, [sum], { axes: stages.across }, node.tags);
      }
      const found = is(node, variance) ? parts.get(sumOfMean(original)!) : undefined;
      return found && combine(node.inputs[2]!, found);
    });
  };
}

/** The parts of a mean: how its elements are divided, and the sum of each part. */
interface Parts {
  readonly stages: Stages;
  readonly sum: Node;
}

/** The sum in the mean of a variance; undefined if there are no elements. */
function sumOfMean(node: Node): Node | undefined {
  const center = node.inputs[2]!;
  const [sum] = center.inputs;
  return is(center, div) && sum && is(sum, reduceSum) ? sum : undefined;
}

/** The variance from the squared deviations within parts and of the parts' means. */
function combine(center: Node, { stages: { split, within, across }, sum }: Parts): Node {
  const { shape } = split.type;
  const size = elementCount(within.map((axis) => shape[axis]!));
  const count = size * elementCount(sum.type.shape) / elementCount(center.type.shape);
  const local = div(sum, fullLike(sum, size));
  const deviations = square(sub(split, broadcastBack(local, within, shape)));
  const inside = reduceSum(reduceSum(deviations, within), across);
  const offsets = square(sub(local, broadcastBack(center, across, local.type.shape)));
  const between = reduceSum(offsets, across);
  return div(add(inside, mul(between, fullLike(between, size))), fullLike(inside, count));
}

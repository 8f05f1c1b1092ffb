import { DTypeError } from "../errors.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { formatType } from "../types.ts";
import { leadingAxes } from "./_vmap.ts";
import { marker } from "./markers.ts";

const perRankOp: Op = marker("perRank", { vjp: (g) => [g], vmap: leadingAxes });

/**
 * Identity that marks a value which differs between the ranks of distributed training, such as the
 * positions of a rank's samples. What depends on it belongs to one rank, until it is summed by
 * `allReduceSum`.
 */
export const perRank: ((x: Node) => Node) & Builder = defineBuilder(
  perRankOp,
  (x: Node) => makeNode(perRankOp, [x], {}),
);

const allReduceSumOp: Op = {
  // each rank's loss depends on every x
  ...marker("allReduceSum", { vjp: (g) => [allReduceSum(g)], vmap: leadingAxes }),
  infer: ([x]) => {
    if (x!.dtype === "f32") return x!;
    throw new DTypeError(
      `Cannot apply allReduceSum to ${formatType(x!)}: its input must be f32: cast it first`,
    );
  },
};

/**
 * The sum of x, f32, over the ranks of distributed training; the same on each of them. In a program
 * for one process, it is x.
 */
export const allReduceSum: ((x: Node) => Node) & Builder = defineBuilder(
  allReduceSumOp,
  (x: Node) => makeNode(allReduceSumOp, [x], {}),
);

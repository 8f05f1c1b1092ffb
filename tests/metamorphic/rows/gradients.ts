import { pullBack } from "../../../autograd/mod.ts";
import * as op from "../../../graph/mod.ts";
import type { Node } from "../../../graph/mod.ts";
import type { Choices } from "../choices.ts";
import { axesOf, clampedTo, fit, tame } from "../fit.ts";
import type { Rows } from "./row.ts";

/** Gradients of large graphs, and gradients of gradients, grow quickly. */
const MOST_NODES = 250;

/** A scalar of x that weighs elements differently. */
function lossOf(x: Node): Node {
  const list = op.reshape(x, [op.elementCount(x.type.shape)]);
  const position = op.iota(list.type.shape, 0);
  const weight = op.sub(op.bitAnd(position, op.fullLike(position, 3)), op.fullLike(position, 1));
  return op.reduceSum(op.mul(list, op.cast(weight, "f32")), [0]);
}

/** The gradient with respect to one of the f32 values that x is computed from. */
function gradientOf(x: Node, choices: Choices): readonly [Node, Node, Node] | undefined {
  const under = op.topological([x]).filter(({ type }) => type.dtype === "f32");
  const target = choices.one(under);
  const loss = lossOf(x);
  const [g] = pullBack(loss, op.full(1, []), [target]);
  return op.topological([g!]).length > MOST_NODES ? undefined : [g!, target, loss];
}

/** Derivatives, and the markers that optimizers leave. */
export const gradientRows: Rows = {
  derivative: {
    operands: ["f32"],
    weight: 4,
    make: ([x], choices) => {
      const found = gradientOf(x!, choices);
      return found && tame(found[0], choices);
    },
  },
  gradient: {
    operands: ["f32"],
    make: ([x], choices) => {
      const found = gradientOf(x!, choices);
      return found && op.gradient(...found);
    },
  },
  applyUpdate: {
    operands: ["f32", "f32"],
    weight: 2,
    make: ([x, delta], choices) =>
      tame(op.applyUpdate(x!, fit(clampedTo(delta!, 4), x!.type.shape, choices)), choices),
  },
  sumOfAll: {
    operands: ["f32"],
    make: ([x], choices) => tame(op.reduceSum(x!, axesOf(x!)), choices),
  },
};

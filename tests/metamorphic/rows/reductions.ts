import * as op from "../../../graph/mod.ts";
import type { Node } from "../../../graph/mod.ts";
import type { Choices } from "../choices.ts";
import { axesOf, below, clampedTo, fit, type Kind, tame } from "../fit.ts";
import type { Row, Rows } from "./row.ts";

type Reduce = (x: Node, axes: readonly number[]) => Node;

/** Over any axes; those that must not be empty are checked. */
function reduction(
  build: Reduce,
  { kind = "number", needsElements = false }: { kind?: Kind; needsElements?: boolean } = {},
): Row {
  return {
    operands: [kind],
    make: ([x], choices) => {
      const { shape } = x!.type;
      const axes = choices.flag() ? choices.axes(shape.length) : axesOf(x!);
      if (needsElements && axes.some((axis) => shape[axis] === 0)) return undefined;
      const result = build(x!, axes);
      return result.type.dtype === "f32" ? tame(result, choices) : result;
    },
  };
}

/** Along one axis with elements. */
function alongAxis(build: (x: Node, axis: number) => Node): Row {
  return {
    operands: ["f32"],
    make: ([x], choices) => {
      const { shape } = x!.type;
      const axis = choices.below(shape.length);
      return shape[axis] ? build(clampedTo(x!, 16), axis) : undefined;
    },
  };
}

/** Scores [rows, classes] and a label for each row. */
function withLabels(x: Node, labels: Node, choices: Choices): [Node, Node] | undefined {
  const { shape } = x.type;
  const classes = shape.at(-1);
  if (!classes) return undefined;
  const rows = fit(labels, shape.slice(0, -1), choices);
  return [clampedTo(x, 16), below(rows, classes)];
}

function byLabels(build: (x: Node, labels: Node, choices: Choices) => Node): Row {
  return {
    operands: ["f32", "i32"],
    make: ([x, labels], choices) => {
      const both = withLabels(x!, labels!, choices);
      return both && tame(build(...both, choices), choices);
    },
  };
}

/** Sums, extremes, and what is made of them. */
export const reductionRows: Rows = {
  reduceSum: { ...reduction(op.reduceSum), weight: 3 },
  reduceMax: reduction(op.reduceMax, { needsElements: true }),
  reduceMin: reduction(op.reduceMin, { needsElements: true }),
  reduceProd: reduction((x, axes) => op.reduceProd(op.sign(signed(x)), axes)),
  mean: { ...reduction(op.mean, { kind: "f32", needsElements: true }), weight: 2 },
  variance: reduction(op.variance, { kind: "f32", needsElements: true }),
  logSumExp: reduction((x, axes) => op.logSumExp(clampedTo(x, 16), axes), {
    kind: "f32",
    needsElements: true,
  }),
  softmax: alongAxis(op.softmax),
  maskedSoftmax: alongAxis(op.maskedSoftmax),
  logSoftmax: alongAxis(op.logSoftmax),
  argmax: alongAxis(op.argmax),
  argmin: alongAxis(op.argmin),
  pick: byLabels(op.pick),
  negativeLogLikelihood: byLabels(op.negativeLogLikelihood),
  crossEntropy: byLabels((x, labels, choices) =>
    op.crossEntropy(x, labels, { labelSmoothing: choices.one([0, 0.125]) })
  ),
};

function signed(x: Node): Node {
  return x.type.dtype === "u32" ? op.cast(x, "i32") : x;
}

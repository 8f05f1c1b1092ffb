import type { Combine } from "../kernel.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { cast } from "./functions.ts";
import { div, equal, mul } from "./arithmetic.ts";
import { ascending, isNoAxis } from "./_axes.ts";
import { type AxesAttrs, broadcastBack, inferReduce, reduceSum } from "./broadcast.ts";

/** A reduction over axes. */
export type ReduceOp = ((x: Node, axes: readonly number[]) => Node) & Builder<AxesAttrs>;

function reduceOp(name: string, combine: Combine, vjp: NonNullable<Op<AxesAttrs>["vjp"]>) {
  const op: Op<AxesAttrs> = {
    name,
    lowering: { kind: "reduce", combine },
    infer: ([x], { axes }) => inferReduce(x!, axes, name),
    vjp,
  };
  return defineBuilder(
    op,
    (x: Node, axes: readonly number[]) =>
      isNoAxis(axes) ? x : makeNode(op, [x], { axes: ascending(axes) }),
  );
}

/** Shares the cotangent evenly among the elements that attain the extremum, as PyTorch. */
const extremumVjp: NonNullable<Op<AxesAttrs>["vjp"]> = (g, { inputs: [x], output, attrs }) => {
  const { shape } = x!.type;
  const attained = cast(equal(x!, broadcastBack(output, attrs.axes, shape)), "f32");
  const count = reduceSum(attained, attrs.axes);
  return [mul(attained, broadcastBack(div(g, count), attrs.axes, shape))];
};

/** The largest element over `axes`, which disappear. */
export const reduceMax: ReduceOp = reduceOp("reduceMax", "max", extremumVjp);

/** The smallest element over `axes`, which disappear. */
export const reduceMin: ReduceOp = reduceOp("reduceMin", "min", extremumVjp);

/** The product over `axes`, which disappear. Its gradient needs elements that are not 0. */
export const reduceProd: ReduceOp = reduceOp(
  "reduceProd",
  "prod",
  (g, { inputs: [x], output, attrs }) => [
    div(broadcastBack(mul(g, output), attrs.axes, x!.type.shape), x!),
  ],
);

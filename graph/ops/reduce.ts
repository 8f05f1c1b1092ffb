import type { Combine } from "../kernel.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { elementCount } from "../types.ts";
import { cast, isNaN } from "./functions.ts";
import { div, equal, fullLike, logicalOr, mul, select } from "./arithmetic.ts";
import { ascending, isNoAxis } from "./_axes.ts";
import { type AxesAttrs, broadcastBack, inferReduce, reduceSum, reshape } from "./broadcast.ts";
import { pad, permute, slice } from "./views.ts";

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

/**
 * Shares the cotangent evenly among the elements that attain the extremum, as PyTorch; among
 * the NaNs if it is NaN.
 */
const extremumVjp: NonNullable<Op<AxesAttrs>["vjp"]> = (g, { inputs: [x], output, attrs }) => {
  const { shape } = x!.type;
  const attained = logicalOr(equal(x!, broadcastBack(output, attrs.axes, shape)), isNaN(x!));
  const count = reduceSum(cast(attained, "f32"), attrs.axes);
  const share = broadcastBack(div(g, count), attrs.axes, shape);
  return [select(attained, share, fullLike(share, 0))];
};

/** The largest element over `axes`, which disappear; NaN if one is NaN. */
export const reduceMax: ReduceOp = reduceOp("reduceMax", "max", extremumVjp);

/** The smallest element over `axes`, which disappear; NaN if one is NaN. */
export const reduceMin: ReduceOp = reduceOp("reduceMin", "min", extremumVjp);

/** The product over `axes`, which disappear. */
export const reduceProd: ReduceOp = reduceOp(
  "reduceProd",
  "prod",
  (g, { inputs: [x], attrs: { axes } }) => [
    mul(broadcastBack(g, axes, x!.type.shape), productOfOthers(x!, axes)),
  ],
);

/** For each element the product of all others over `axes`, without a division: none may be 0. */
function productOfOthers(x: Node, axes: readonly number[]): Node {
  const { shape } = x.type;
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const moved = permute(x, order);
  const rows = elementCount(kept.map((axis) => shape[axis]!));
  const flat = reshape(moved, [rows, elementCount(axes.map((axis) => shape[axis]!))]);
  const others = mul(productsOfNeighbours(flat, "before"), productsOfNeighbours(flat, "after"));
  return permute(reshape(others, moved.type.shape), order.map((_, axis) => order.indexOf(axis)));
}

/** The products of all elements of a row before (or after) each, doubling the reach each time. */
function productsOfNeighbours(x: Node, side: "before" | "after"): Node {
  const [rows, size] = x.type.shape as [number, number];
  const moved = (value: Node, by: number): Node => {
    const [front, behind] = side === "before" ? [by, 0] : [0, by];
    const kept = slice(value, [0, behind], [rows, size - by]);
    return pad(kept, [0, front], [0, behind], { value: 1 });
  };
  if (size === 0) return x;
  let products = moved(x, 1);
  for (let reach = 1; reach < size - 1; reach *= 2) {
    products = mul(products, moved(products, reach));
  }
  return products;
}

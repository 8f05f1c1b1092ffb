import type { Combine } from "../kernel.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { elementCount } from "../types.ts";
import { cast, isNaN } from "./functions.ts";
import { div, equal, fullLike, logicalOr, mul, select } from "./arithmetic.ts";
import { ascending, isNoAxis } from "./_axes.ts";
import { laterAxes } from "./_vmap.ts";
import { type AxesAttrs, broadcastBack, inferReduce, reduceSum, reshape } from "./broadcast.ts";
import { iota } from "./source.ts";
import { pad, permute, slice } from "./views.ts";

/** A reduction over axes. */
export type ReduceOp = ((x: Node, axes: readonly number[]) => Node) & Builder<AxesAttrs>;

function reduceOp(name: string, combine: Combine, vjp: NonNullable<Op<AxesAttrs>["vjp"]>) {
  const op: Op<AxesAttrs> = {
    name,
    lowering: { kind: "reduce", combine },
    infer: ([x], { axes }) => inferReduce(x!, axes, name),
    vjp,
    vmap: laterAxes,
  };
  return defineBuilder(
    op,
    (x: Node, axes: readonly number[]) =>
      isNoAxis(axes) ? x : makeNode(op, [x], { axes: ascending(axes) }),
  );
}

/**
 * Splits the cotangent evenly among the elements that attain the extremum, as PyTorch does, or
 * among the NaNs if the result is NaN.
 */
const extremumVjp: NonNullable<Op<AxesAttrs>["vjp"]> = (g, { inputs: [x], output, attrs }) => {
  const { shape } = x!.type;
  const attained = logicalOr(equal(x!, broadcastBack(output, attrs.axes, shape)), isNaN(x!));
  const count = reduceSum(cast(attained, "f32"), attrs.axes);
  const share = broadcastBack(div(g, count), attrs.axes, shape);
  return [select(attained, share, fullLike(share, 0))];
};

/** The largest element over `axes`, which are removed; NaN if one is NaN. */
export const reduceMax: ReduceOp = reduceOp("reduceMax", "max", extremumVjp);

/** The smallest element over `axes`, which are removed; NaN if one is NaN. */
export const reduceMin: ReduceOp = reduceOp("reduceMin", "min", extremumVjp);

/** The product over `axes`, which are removed. */
export const reduceProd: ReduceOp = reduceOp(
  "reduceProd",
  "prod",
  (g, { inputs: [x], attrs: { axes } }) => [
    mul(broadcastBack(g, axes, x!.type.shape), productOfOthers(x!, axes)),
  ],
);

/**
 * For each element, the product of all others over `axes`. Avoids division, so elements may be 0.
 */
function productOfOthers(x: Node, axes: readonly number[]): Node {
  const { shape } = x.type;
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const moved = permute(x, order);
  const rows = elementCount(kept.map((axis) => shape[axis]!));
  const flat = reshape(moved, [rows, elementCount(axes.map((axis) => shape[axis]!))]);
  const others = reshape(othersInRow(flat), moved.type.shape);
  return permute(others, order.map((_, axis) => order.indexOf(axis)));
}

/**
 * Largest row whose products are formed directly. Longer rows are split into groups of this size.
 */
const GROUP = 8;

/** [rows, size]: the product of the others in the element's group and of all other groups. */
function othersInRow(x: Node): Node {
  const [rows, size] = x.type.shape as [number, number];
  if (size <= GROUP) return othersInGroup(x);
  const groups = Math.ceil(size / GROUP);
  const padded = pad(x, [0, 0], [0, groups * GROUP - size], { value: 1 });
  const grouped = reshape(padded, [rows, groups, GROUP]);
  const outside = othersInRow(reduceProd(grouped, [2]));
  const all = mul(othersInGroup(grouped), broadcastBack(outside, [2], grouped.type.shape));
  return slice(reshape(all, [rows, groups * GROUP]), [0, 0], [rows, size]);
}

/**
 * [n…, size]: for each element of a row, the product of the row with that element replaced by 1.
 */
function othersInGroup(x: Node): Node {
  const { shape } = x.type;
  const rank = shape.length;
  const table = [...shape, shape[rank - 1]!];
  const isOwn = equal(iota(table, rank - 1), iota(table, rank));
  const spread = broadcastBack(x, [rank - 1], table);
  return reduceProd(select(isOwn, fullLike(spread, 1), spread), [rank]);
}

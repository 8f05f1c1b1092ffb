import {
  add,
  attrsOf,
  broadcastTo,
  type Builder,
  concat,
  conv2d,
  conv2dInputGradient,
  fullLike,
  gather,
  makeNode,
  matmul,
  mul,
  type Node,
  type Op,
  pad,
  permute,
  reduceMax,
  reduceMin,
  reduceSum,
  reshape,
  slice,
  windows,
} from "../../graph/mod.ts";
import { aligned, type Folded, joined, reshaped, summed, unfold, uniform } from "./folded.ts";
import { pathTermsOf } from "./path_terms.ts";

/** An op in the squared network, given its inputs there. */
type SquaredRule = (node: Node, inputs: readonly Folded[]) => Folded;

/**
 * Rules by op. Elementwise ops are read by `elementwiseRule`; paths end at all others, as
 * scales do (see `scaleRules` of optim/gsgd).
 */
export const squaredRules: ReadonlyMap<Op, SquaredRule> = new Map<Op, SquaredRule>([
  [matmul.op, matmulRule],
  [conv2d.op, conv2dRule],
  [conv2dInputGradient.op, convTransposeRule],
  viewRule(reshape, (x, { shape }) => reshaped(x, shape)),
  viewRule(broadcastTo, (x, { shape }) => {
    const added = shape.length - x.shape.length;
    const sizes = [...new Array<number>(added).fill(1), ...x.stored.type.shape];
    return { shape, stored: reshape(x.stored, sizes) };
  }),
  viewRule(permute, (x, { order }, { shape }) => ({ shape, stored: permute(x.stored, order) })),
  viewRule(slice, ({ stored }, { starts, sizes, steps }, { shape }) => {
    const isFolded = (axis: number) => stored.type.shape[axis] === 1;
    const kept = (list: readonly number[], folded: number) =>
      list.map((value, axis) => isFolded(axis) ? folded : value);
    return { shape, stored: slice(stored, kept(starts, 0), kept(sizes, 1), kept(steps, 1)) };
  }),
  viewRule(pad, (x, { before, after, interior }, { shape }) => {
    const axes = shape.map((_, axis) => axis)
      .filter((axis) => before[axis]! > 0 || after[axis]! > 0 || interior[axis]! > 0);
    return { shape, stored: pad(unfold(x, axes).stored, before, after, { interior }) };
  }),
  // no path comes from the padding, not even the −∞ of max pooling
  viewRule(windows, (x, attrs, { shape }) => {
    const rank = x.shape.length;
    const { stored } = unfold(x, [rank - 2, rank - 1]);
    return { shape, stored: windows(stored, { ...attrs, value: 0 }) };
  }),
  [concat.op, (node, inputs) => joined(inputs, attrsOf(node, concat)!.axis, node.type.shape)],
  [gather.op, gatherRule],
  viewRule(reduceSum, (x, { axes }) => summed(x, axes)),
  viewRule(reduceMax, (x, { axes }) => summed(x, axes)), // each way into a maximum is a path
  viewRule(reduceMin, (x, { axes }) => summed(x, axes)),
]);

/** A rule for an op of one input. */
function viewRule<A extends object>(
  builder: Builder<A>,
  rule: (x: Folded, attrs: A, result: { readonly shape: readonly number[] }) => Folded,
): [Op, SquaredRule] {
  return [builder.op, (node, [x]) => rule(x!, attrsOf(node, builder)!, node.type)];
}

/** Σ over the ways of an elementwise op. */
export function elementwiseRule(node: Node, inputs: readonly Folded[]): Folded {
  const { shape } = node.type;
  const terms = [...pathTermsOf(node)].filter(([, factor]) => factor !== 0);
  const parts = terms.map(([key, factor]): Folded => {
    if (key === "") return uniform(factor, shape);
    const product = aligned(key.split(",").map((input) => inputs[Number(input)]!)).reduce(mul);
    return { shape, stored: factor === 1 ? product : mul(product, fullLike(product, factor)) };
  });
  return parts.length === 0 ? uniform(0, shape) : { shape, stored: aligned(parts).reduce(add) };
}

function matmulRule({ type: { shape } }: Node, [a, b]: readonly Folded[]): Folded {
  const [row, column] = [shape.length - 2, shape.length - 1];
  const operands = [unfold(a!, [column]), unfold(b!, [row])];
  const [left, right] = aligned(operands, [row, column]) as [Node, Node];
  return { shape, stored: matmul(left, right) };
}

function conv2dRule(node: Node, [x, weight]: readonly Folded[]): Folded {
  const { stored } = unfold(x!, [1, 2, 3]);
  const filters = unfold(weight!, [0, 1, 2, 3]).stored;
  const attrs = { ...attrsOf(node, conv2d)!, images: stored.type.shape };
  return { shape: node.type.shape, stored: makeNode(conv2d.op, [stored, filters], attrs) };
}

function convTransposeRule(node: Node, [x, weight]: readonly Folded[]): Folded {
  const { stored } = unfold(x!, [1, 2, 3]);
  const filters = unfold(weight!, [0, 1, 2, 3]).stored;
  const attrs = attrsOf(node, conv2dInputGradient)!;
  const images = attrs.images.with(0, stored.type.shape[0]!);
  const result = makeNode(conv2dInputGradient.op, [stored, filters], { ...attrs, images });
  return { shape: node.type.shape, stored: result };
}

function gatherRule(node: Node, [x]: readonly Folded[]): Folded {
  const { axis } = attrsOf(node, gather)!;
  const indices = node.inputs[1]!;
  const { shape } = node.type;
  const sizes = x!.stored.type.shape;
  if (sizes[axis]! > 1) return { shape, stored: gather(x!.stored, indices, axis) };
  const single = indices.type.shape.map(() => 1);
  return { shape, stored: reshape(x!.stored, sizes.toSpliced(axis, 1, ...single)) };
}

import { attrsOf, conv2d, conv2dInputGradient, type Node } from "../../../graph/mod.ts";
import {
  expandMap,
  idAt,
  permuteMap,
  positionsOf,
  type ScaleMap,
  variesAlong,
} from "./scale_map.ts";
import { type ForwardTrace, notHomogeneous } from "./forward_trace.ts";
import { at } from "./weight_uses.ts";
import type { WeightView } from "./weight_view.ts";

/** The only trained weight among two inputs, and the other input. */
export function weightAmong(
  { inputs }: Node,
  trace: ForwardTrace,
): { view: WeightView; other: Node } | undefined {
  const [a, b] = inputs as readonly [Node, Node];
  const [left, right] = [trace.weightView(a), trace.weightView(b)];
  if (left && right) return undefined;
  if (right) return trace.isDerivedWeight(a) ? undefined : { view: right, other: a };
  if (left) return trace.isDerivedWeight(b) ? undefined : { view: left, other: b };
  return undefined;
}

/** x · W or W · x with a trained W: an edge from each input channel to each new one. */
export function matmulRule(node: Node, trace: ForwardTrace): ScaleMap {
  const [a, b] = node.inputs as readonly [Node, Node];
  const found = weightAmong(node, trace);
  if (!found) return productWithFixed(node, trace) ?? productOfActivations(node, trace);
  const { view, other } = found;
  if (other === a) return linear(node, trace, view, trace.mapOf(a));
  const turned = { weight: view.weight, axes: swapLast(view.axes) }; // (W·x)ᵀ = xᵀ·Wᵀ
  return swapAxes(linear(node, trace, turned, swapAxes(trace.mapOf(b))));
}

/** The edges of x · W, given the scales of x and W as it is multiplied: [batch…, k, n]. */
function linear(node: Node, trace: ForwardTrace, view: WeightView, input: ScaleMap): ScaleMap {
  const rank = input.shape.length;
  const [row, column] = [rank - 2, rank - 1];
  const sizes = view.axes.map((axis) => axis === null ? 1 : view.weight.type.shape[axis]!);
  const mixed = input.shape.some((size, axis) =>
    size > 1 && axis !== column && (axis === row || view.axes[axis] === null)
  );
  if (mixed) trace.scales.pinAll(input, notHomogeneous(node));
  const known = mixed ? trace.scales.ground(rank) : input;
  // written out, as each input channel is an edge of its own: [batch…, k, 1]
  const tail = swapAxes(expandMap(known, known.shape.with(column, sizes[row]!)));
  const head = trace.scales.freshMap(sizes.with(row, 1));
  trace.addEdge(view, { kind: "linear", tail, head });
  return head;
}

/**
 * A product of two activations of which one has fixed scales, as the weights of attention do: the
 * other one's scales pass, if the terms of each sum have the same one.
 */
function productWithFixed({ inputs }: Node, trace: ForwardTrace): ScaleMap | undefined {
  const [a, b] = inputs as readonly [Node, Node];
  const isOther = (input: Node) =>
    !trace.weightView(input) && !trace.frozenView(input) && !trace.isDerivedWeight(input);
  if (!isOther(a) || !isOther(b)) return undefined;
  const [left, right] = [trace.mapOf(a), trace.mapOf(b)];
  const [row, column] = [left.shape.length - 2, left.shape.length - 1];
  const isFixed = [left, right].map((map) => trace.scales.isGround(map));
  if (isFixed[0] === isFixed[1]) return undefined;
  if (isFixed[0]) return variesAlong(right, row) ? undefined : right;
  return variesAlong(left, column) ? undefined : left;
}

function productOfActivations(node: Node, trace: ForwardTrace): ScaleMap {
  const { inputs, op: { name: op } } = node;
  const activations = inputs.filter((input) => trace.isActivation(input));
  const frozen = inputs.flatMap((input) => trace.frozenView(input) ?? []);
  if (frozen.length === 1 && activations.length === 1) {
    trace.noteFrozen(frozen[0]!);
    return trace.pinInputs(node, { code: "not-optimized", op });
  }
  const isDerived = inputs.some((input) => trace.isDerivedWeight(input));
  return trace.pinInputs(node, isDerived ? { code: "derived-weight", op } : notHomogeneous(node));
}

function swapLast<T>(list: readonly T[]): T[] {
  return [...list.slice(0, -2), ...list.slice(-2).toReversed()];
}

function swapAxes(map: ScaleMap): ScaleMap {
  return permuteMap(map, swapLast([...map.shape.keys()]));
}

/**
 * Rows of a trained table, as those of an embedding: an edge from the constant 1 to each column for
 * each row, as in the product of one-hot vectors and the table.
 */
export function tableRule(node: Node, trace: ForwardTrace, view: WeightView): ScaleMap {
  const [table, indices] = node.inputs as readonly [Node, Node];
  const [rows, columns] = table.type.shape as readonly [number, number];
  // written out, as each row is an edge of its own
  const tail = expandMap(trace.scales.ground(2), [rows, 1]);
  const head = trace.scales.freshMap([1, columns]);
  trace.addEdge(view, { kind: "linear", tail, head });
  return { shape: [...indices.type.shape.map(() => 1), columns], ids: head.ids };
}

/**
 * conv2d(x, w) with a trained w: an edge from each input channel to each output channel of
 * its group, as many in parallel as the kernel has positions [gsgd.md §3.2, §3.4].
 */
export function conv2dRule(node: Node, trace: ForwardTrace): ScaleMap {
  const [x, weight] = node.inputs as readonly [Node, Node];
  const { groups, output } = attrsOf(node, conv2d)!;
  const found = weightAmong(node, trace);
  if (!found || found.other !== x) return productOfActivations(node, trace);
  const [outputs, inputs] = weight.type.shape as readonly [number, number];
  const known = conv2dInput(node, trace, x);
  const group = (output: number) => Math.floor(output * groups / outputs);
  // written out, as each input channel is an edge of its own
  const shape = [groups > 1 ? outputs : 1, inputs, 1, 1];
  const tail = {
    shape,
    ids: positionsOf(shape).map(([output, input]) =>
      idAt(known, [0, group(output!) * inputs + input!, 0, 0])
    ),
  };
  const head = trace.scales.freshMap([outputs, 1, 1, 1]);
  trace.addEdge(found.view, { kind: "linear", tail, head, groups, image: output.join("×") });
  return { shape: [1, outputs, 1, 1], ids: head.ids };
}

/**
 * A transposed convolution of x with a trained w: an edge from each input channel to each output
 * channel. The weight has its axes in the other order, so with groups neither end of an edge is
 * along one axis: it is refused.
 */
export function convTransposeRule(node: Node, trace: ForwardTrace): ScaleMap {
  const [x, weight] = node.inputs as readonly [Node, Node];
  const { groups, images } = attrsOf(node, conv2dInputGradient)!;
  const found = weightAmong(node, trace);
  if (!found || found.other !== x) return productOfActivations(node, trace);
  if (groups > 1) {
    const reason = { code: "grouped-transpose", op: node.op.name, ...at(node) } as const;
    return trace.pinInputs(node, reason, reason);
  }
  const [inputs, outputs] = weight.type.shape as readonly [number, number];
  const known = conv2dInput(node, trace, x);
  // written out, as each input channel is an edge of its own
  const shape = [inputs, 1, 1, 1];
  const ids = positionsOf(shape).map(([input]) => idAt(known, [0, input!, 0, 0]));
  const head = trace.scales.freshMap([1, outputs, 1, 1]);
  const image = images.slice(2).join("×");
  trace.addEdge(found.view, { kind: "linear", tail: { shape, ids }, head, image });
  return head;
}

/** The scales of the images: one for each channel, or none at all. */
function conv2dInput(node: Node, trace: ForwardTrace, x: Node): ScaleMap {
  const map = trace.mapOf(x);
  if ([0, 2, 3].every((axis) => !variesAlong(map, axis))) return map;
  trace.scales.pinAll(map, notHomogeneous(node));
  return trace.scales.ground(4);
}

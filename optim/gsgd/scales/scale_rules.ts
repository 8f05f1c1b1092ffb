import {
  add,
  attrsOf,
  broadcastTo,
  type Builder,
  concat,
  constant,
  conv2d,
  conv2dInputGradient,
  gather,
  gradient,
  matmul,
  mul,
  type Node,
  normalize,
  type Op,
  pad,
  permute,
  reduceMax,
  reduceMin,
  reduceSum,
  reshape,
  scan,
  scanFinal,
  scanStacked,
  slice,
  stopGradient,
  sub,
  windows,
} from "../../../graph/mod.ts";
import { usesBatchStatistics } from "./batch_statistics.ts";
import { homogeneityOf } from "./homogeneity.ts";
import {
  conv2dRule,
  convTransposeRule,
  matmulRule,
  tableRule,
  weightAmong,
} from "./linear_rules.ts";
import type { Reason } from "./reason.ts";
import {
  broadcastMap,
  buildMap,
  concatMaps,
  dropAxes,
  idAt,
  permuteMap,
  reshapeMap,
  type ScaleMap,
  variesAlong,
} from "./scale_map.ts";
import { scanPartRule, scanRule } from "./scan_rule.ts";
import { type ForwardTrace, notHomogeneous, type ScaleRule } from "./forward_trace.ts";

/**
 * Rules by op [gsgd.md §10.1]. `scaleRule` treats all other ops. To let scales pass through a
 * new op, add its row here.
 */
export const scaleRules: ReadonlyMap<Op, ScaleRule> = new Map<Op, ScaleRule>([
  [matmul.op, matmulRule],
  [conv2d.op, conv2dRule],
  [conv2dInputGradient.op, convTransposeRule],
  [normalize.op, normalizeRule],
  [stopGradient.op, stopRule],
  [add.op, sumRule],
  [sub.op, sumRule],
  [mul.op, productRule],
  viewRule(reshape, (map, { shape }, { inputs: [x] }) => reshapeMap(map, x!.type.shape, shape)),
  viewRule(broadcastTo, (map, { shape }) => broadcastMap(map, shape.length)),
  viewRule(permute, (map, { order }) => permuteMap(map, order)),
  viewRule(slice, (map, { starts, sizes, steps }) =>
    buildMap(
      map.shape.map((size, axis) => size > 1 ? sizes[axis]! : 1),
      (position) => idAt(map, position.map((i, axis) => starts[axis]! + i * steps[axis]!)),
    )),
  selectRule(pad, padMap),
  selectRule(windows, windowsMap),
  [concat.op, concatRule],
  [gather.op, gatherRule],
  viewRule(gradient, (map) => map),
  selectRule(reduceSum, reduceMap),
  selectRule(reduceMax, reduceMap),
  selectRule(reduceMin, reduceMap),
  [scan.op, scanRule],
  [scanStacked.op, scanPartRule],
  [scanFinal.op, scanPartRule],
]);

/** The rule of an op: its row, for elementwise ops its scalar expression, or else scales end. */
export function scaleRule(op: Op): ScaleRule {
  const own = op.lowering.kind === "element" ? elementwiseRule : endRule;
  return scaleRules.get(op) ?? own;
}

function endRule(node: Node, trace: ForwardTrace): ScaleMap {
  return trace.pinInputs(node);
}

/** A weight without its gradient is another use of it. */
function stopRule(node: Node, trace: ForwardTrace): ScaleMap {
  const view = trace.weightView(node.inputs[0]!);
  if (!view) return elementwiseRule(node, trace);
  trace.exclude(view, { code: "derived-weight", op: node.op.name });
  return trace.scales.ground(node.type.shape.length);
}

type AttrsOf<B> = B extends Builder<infer A> ? A : never;

/** A rule for an op that takes elements from its first input; without a map scales end. */
function selectRule<A extends object>(
  builder: Builder<A>,
  select: (map: ScaleMap, attrs: A, node: Node, trace: ForwardTrace) => ScaleMap | undefined,
  weightReason?: Reason,
): [Op, ScaleRule] {
  return [builder.op, (node, trace) => {
    const input = node.inputs[0]!;
    if (trace.weightView(input)) return trace.pinInputs(node, weightReason);
    const map = select(trace.mapOf(input), attrsOf(node, builder)!, node, trace);
    return map ?? trace.pinInputs(node);
  }];
}

/** The rule of an op that only moves elements. */
function viewRule<A extends object>(
  builder: Builder<A>,
  move: (map: ScaleMap, attrs: A, node: Node) => ScaleMap,
): [Op, ScaleRule] {
  return selectRule(builder, move, { code: "derived-weight" });
}

/** An elementwise op: its scalar expression shows how its result scales. */
function elementwiseRule(node: Node, trace: ForwardTrace): ScaleMap {
  const { inputs, op } = node;
  const homogeneity = inputs.some((input) => trace.weightView(input))
    ? "none"
    : homogeneityOf(node, inputs.map((input) => trace.isActivation(input)));
  if (homogeneity === "none") return trace.pinInputs(node);
  const isSum = op === add.op || op === sub.op;
  const reason: Reason = isSum ? { code: "residual-add", op: op.name } : notHomogeneous(node);
  const pairs = homogeneity.equal.map(([a, b]) =>
    [trace.mapOf(inputs[a]!), trace.mapOf(inputs[b]!)] as const
  );
  const differ = pairs.some(([a, b]) => !trace.scales.agree(a, b));
  if (differ && trace.options.residual === "cut") {
    return trace.pinInputs(node, isSum ? reason : { code: "compared-activations", op: op.name });
  }
  for (const [a, b] of pairs) trace.scales.joinAll(a, b, reason);
  const { like } = homogeneity;
  return like === undefined
    ? trace.scales.ground(node.type.shape.length)
    : trace.mapOf(inputs[like]!);
}

/** x + b with a trained b: an edge from the constant 1 to each channel [gsgd.md §3.6]. */
function sumRule(node: Node, trace: ForwardTrace): ScaleMap {
  const found = weightAmong(node, trace);
  if (!found) return elementwiseRule(node, trace);
  const head = trace.mapOf(found.other);
  if (trace.isNormalized(found.other)) {
    trace.exclude(found.view, { code: "batch-norm" });
    return head;
  }
  trace.addEdge(found.view, { kind: "bias", tail: trace.scales.ground(head.shape.length), head });
  return head;
}

/** x ⊙ γ with a trained γ: an edge from each channel to a new one. */
function productRule(node: Node, trace: ForwardTrace): ScaleMap {
  const found = weightAmong(node, trace);
  if (!found) return elementwiseRule(node, trace);
  if (trace.isNormalized(found.other)) {
    trace.exclude(found.view, { code: "batch-norm" });
    return trace.setNormalized(node, trace.mapOf(found.other));
  }
  const { axes } = found.view;
  const head = trace.scales.freshMap(node.type.shape.map((size, i) => axes[i] === null ? 1 : size));
  trace.addEdge(found.view, { kind: "gate", tail: trace.mapOf(found.other), head });
  return head;
}

/**
 * Batch normalization [gsgd.md §6]. Scales pass through it in the modes "paper" and "none",
 * although the function is not invariant then; in the mode "affine", and with frozen
 * statistics, they end here.
 */
function normalizeRule(node: Node, trace: ForwardTrace): ScaleMap {
  const input = node.inputs[0]!;
  const map = trace.mapOf(input);
  const isMixed = map.shape.some((_, axis) => axis !== CHANNEL && variesAlong(map, axis));
  const passes = trace.options.bn !== "affine" && usesBatchStatistics(node);
  if (passes && !isMixed && !trace.weightView(input)) return trace.setNormalized(node, map);
  trace.pinInputs(node);
  return trace.scales.ground(map.shape.length); // like data: what follows has its own reasons
}

const CHANNEL = 1;

/** Zeros around x fit any scale; other numbers do not. */
function padMap(
  map: ScaleMap,
  { value, before, interior }: AttrsOf<typeof pad>,
  { type }: Node,
  trace: ForwardTrace,
): ScaleMap | undefined {
  if (value !== 0) return undefined;
  const shape = map.shape.map((size, axis) => size > 1 ? type.shape[axis]! : 1);
  const zeros = trace.scales.freshMap(shape); // of any scale: added to others, they take theirs
  return buildMap(shape, (position) => {
    const source = position.map((i, axis) => (i - before[axis]!) / (interior[axis]! + 1));
    const isInside = source.every((i, axis) =>
      shape[axis] === 1 || (Number.isInteger(i) && i >= 0 && i < map.shape[axis]!)
    );
    return isInside ? idAt(map, source) : idAt(zeros, position);
  });
}

/** Windows over positions of one scale; the padding must be the same at any scale. */
function windowsMap(map: ScaleMap, { value }: AttrsOf<typeof windows>): ScaleMap | undefined {
  const rank = map.shape.length;
  const isMixed = [rank - 2, rank - 1].some((axis) => variesAlong(map, axis));
  if (isMixed || (value !== 0 && Number.isFinite(value))) return undefined;
  return { shape: [...map.shape, 1, 1], ids: map.ids };
}

function concatRule(node: Node, trace: ForwardTrace): ScaleMap {
  if (node.inputs.some((input) => trace.weightView(input))) {
    return trace.pinInputs(node, { code: "derived-weight" });
  }
  const { axis } = attrsOf(node, concat)!;
  const sizes = node.inputs.map(({ type }) => type.shape[axis]!);
  return concatMaps(node.inputs.map((input) => trace.mapOf(input)), sizes, axis);
}

/** Elements of an activation, or rows of a trained table. */
function gatherRule(node: Node, trace: ForwardTrace): ScaleMap {
  const table = node.inputs[0]!;
  const view = trace.weightView(table);
  const isTable = table.type.shape.length === 2 && attrsOf(node, gather)!.axis === 0;
  if (view && isTable) return tableRule(node, trace, view);
  return selectRule(gather, gatherMap)[1](node, trace);
}

/** Choosing among positions of one scale keeps it; among channels, indices must be constant. */
function gatherMap(
  map: ScaleMap,
  { axis }: AttrsOf<typeof gather>,
  { inputs: [, indices] }: Node,
): ScaleMap | undefined {
  const { shape } = indices!.type;
  const data = attrsOf(indices!, constant)?.data;
  const varies = variesAlong(map, axis);
  if (varies && !data) return undefined;
  const chosen = shape.map((size) => varies ? size : 1);
  const rank = chosen.length;
  return buildMap(map.shape.toSpliced(axis, 1, ...chosen), (position) => {
    const flat = position.slice(axis, axis + rank).reduce((sum, i, k) => sum * shape[k]! + i, 0);
    return idAt(map, position.toSpliced(axis, rank, varies ? data![flat]! : 0));
  });
}

/** Sums and extrema of values of one scale have that scale. */
function reduceMap(
  map: ScaleMap,
  { axes }: { readonly axes: readonly number[] },
): ScaleMap | undefined {
  return axes.some((axis) => variesAlong(map, axis)) ? undefined : dropAxes(map, axes);
}

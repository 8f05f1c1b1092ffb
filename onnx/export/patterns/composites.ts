/** Patterns of functions that are composed of several ops: softmax, means, pooling. */
import {
  argmax,
  attrsOf,
  avgPool2d,
  broadcastTo,
  div,
  logicalOr,
  logSoftmax,
  maxPool2d,
  mean,
  type Node,
  reduceMin,
  reduceSum,
  reshape,
  select,
  softmax,
  sub,
  windows,
} from "../../../graph/mod.ts";
import type { OnnxBuilder } from "../builder.ts";
import { poolAttributes } from "../rows/network.ts";
import { follow, isBuilt, type Match, type Pattern } from "./pattern.ts";

/** Matches a function of x along an axis by trying each axis. */
function alongAxis(
  x: Node | undefined,
  node: Node,
  { rebuild, emit }: {
    readonly rebuild: (x: Node, axis: number) => Node;
    readonly emit: (x: string, axis: number, onnx: OnnxBuilder) => string;
  },
): Match | undefined {
  const axis = x?.type.shape.findIndex((_, axis) => isBuilt(node, () => rebuild(x, axis), [x])) ??
    -1;
  if (!x || axis < 0) return undefined;
  return { operands: [x], attrs: { axis }, emit: ([x], onnx) => emit(x!, axis, onnx) };
}

const softmaxPattern: Pattern = (node) =>
  alongAxis(follow(node, [softmax, 2]), node, {
    rebuild: softmax,
    emit: (x, axis, onnx) => onnx.add("Softmax", [x], { axis }),
  });

const logSoftmaxPattern: Pattern = (node) =>
  alongAxis(follow(node, [sub, 0], [sub, 0]), node, {
    rebuild: logSoftmax,
    emit: (x, axis, onnx) => onnx.add("LogSoftmax", [x], { axis }),
  });

const argmaxPattern: Pattern = (node) => {
  const found = follow(node, [reduceMin, 0], [select, 0]);
  const largest = follow(found, [logicalOr, 0]) ?? found; // for floats, NaN is tested as well
  return alongAxis(largest?.inputs[0], node, {
    rebuild: argmax,
    emit: (x, axis, onnx) => {
      const position = onnx.add("ArgMax", [x], { axis, keepdims: 0 });
      return onnx.add("Cast", [position], { to: 6 });
    },
  });
};

/** Returns the operand and axes of a mean, or `null` if the node is not one. */
export function meanOf(node: Node): { readonly x: Node; readonly axes: readonly number[] } | null {
  const sum = follow(node, [div, 0]);
  const axes = sum && attrsOf(sum, reduceSum)?.axes;
  const x = sum?.inputs[0];
  return x && axes && isBuilt(node, () => mean(x, axes), [x]) ? { x, axes } : null;
}

/** Writes a mean. A mean over all pixels is GlobalAveragePool, which keeps axes with size one. */
function emitMean(onnx: OnnxBuilder, x: string, { node, axes, keep }: {
  readonly node: Node;
  readonly axes: readonly number[];
  readonly keep: boolean;
}): string {
  const rank = node.type.shape.length;
  const isGlobal = rank > 2 && axes.length === rank - 2 && axes.every((axis, i) => axis === i + 2);
  if (!isGlobal) return onnx.add("ReduceMean", [x], { axes, keepdims: keep ? 1 : 0 });
  const pooled = onnx.add("GlobalAveragePool", [x]);
  return keep ? pooled : onnx.add("Flatten", [pooled], { axis: 1 });
}

const meanPattern: Pattern = (node) => {
  const found = meanOf(node);
  if (!found) return undefined;
  const { x, axes } = found;
  return {
    operands: [x],
    attrs: { axes },
    emit: ([name], onnx) => emitMean(onnx, name!, { node: x, axes, keep: false }),
  };
};

/** Matches a mean that keeps its axes with size one. */
const keptMeanPattern: Pattern = (node) => {
  const inner = follow(node, [reshape, 0]);
  const found = inner && meanOf(inner);
  if (!found) return undefined;
  const { x, axes } = found;
  const kept = x.type.shape.map((size, axis) => axes.includes(axis) ? 1 : size);
  if (kept.join() !== node.type.shape.join()) return undefined;
  return {
    operands: [x],
    attrs: { axes },
    emit: ([name], onnx) => emitMean(onnx, name!, { node: x, axes, keep: true }),
  };
};

/** Matches a pooling. `inside`: the flattened windows. */
function pooling(
  inside: Node | undefined,
  node: Node,
  { op, rebuild, options }: {
    readonly op: string;
    readonly rebuild: typeof maxPool2d;
    readonly options: Readonly<Record<string, number>>;
  },
): Match | undefined {
  const all = follow(inside, [reshape, 0]);
  const attrs = all && attrsOf(all, windows);
  const x = all?.inputs[0];
  if (!attrs || !x) return undefined;
  const { size, stride, padding } = attrs;
  if (!isBuilt(node, () => rebuild(x, { size, stride, padding }), [x])) return undefined;
  const attributes = { ...poolAttributes(attrs, attrs.image), ...options };
  return { operands: [x], attrs, emit: (inputs, onnx) => onnx.add(op, inputs, attributes) };
}

const maxPoolPattern: Pattern = (node) =>
  pooling(follow(node, [reduceSum, 0], [select, 1]), node, {
    op: "MaxPool",
    rebuild: maxPool2d,
    options: {},
  });

const avgPoolPattern: Pattern = (node) =>
  pooling(follow(node, [div, 0], [reduceSum, 0]), node, {
    op: "AveragePool",
    rebuild: avgPool2d,
    options: { count_include_pad: 1 },
  });

/** Matches nearest-neighbor upsampling. */
const upsamplePattern: Pattern = (node) => {
  const x = follow(node, [reshape, 0], [broadcastTo, 0], [reshape, 0]);
  if (x?.type.shape.length !== 4 || node.type.shape.length !== 4) return undefined;
  const [n, c, h, w] = x.type.shape as [number, number, number, number];
  const [, , height, width] = node.type.shape as [number, number, number, number];
  const [down, right] = [height / h, width / w];
  const rebuild = () => {
    const apart = reshape(x, [n, c, h, 1, w, 1]);
    return reshape(broadcastTo(apart, [n, c, h, down, w, right]), [n, c, height, width]);
  };
  if (!isBuilt(node, rebuild, [x])) return undefined;
  return {
    operands: [x],
    attrs: { down, right },
    emit: ([name], onnx) => {
      const scales = onnx.constant(Float32Array.of(1, 1, down, right), [4]);
      return onnx.add("Resize", [name!, "", scales], {
        mode: "nearest",
        nearest_mode: "floor",
        coordinate_transformation_mode: "asymmetric",
      });
    },
  };
};

/** The patterns. A pattern that contains another one comes first. */
export const composites: readonly Pattern[] = [
  softmaxPattern,
  logSoftmaxPattern,
  argmaxPattern,
  maxPoolPattern,
  avgPoolPattern,
  meanPattern,
  keptMeanPattern,
  upsamplePattern,
];

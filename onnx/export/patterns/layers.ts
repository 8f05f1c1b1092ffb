/** Patterns of layers with weights, whose scale, shift, or bias is part of the operator. */
import {
  add,
  attrsOf,
  broadcastTo,
  conv2d,
  div,
  full,
  is,
  matmul,
  mean,
  mul,
  type Node,
  normalize,
  permute,
  pow,
  reshape,
  sqrt,
  square,
  sub,
} from "../../../graph/mod.ts";
import type { Attributes } from "../operators.ts";
import { convAttributes } from "../rows/network.ts";
import { meanOf } from "./composites.ts";
import {
  channelVector,
  eitherWay,
  follow,
  isBuilt,
  type Match,
  numberOf,
  type Pattern,
  unrepeated,
  unspread,
} from "./pattern.ts";

/** Matches a · scale + shift, for scales and shifts that `read` finds. */
function affine(node: Node, read: (node: Node) => Node | undefined) {
  if (!is(node, add)) return undefined;
  return eitherWay(node, (product, spreadShift) => {
    const shift = read(spreadShift);
    if (!shift || !is(product, mul)) return undefined;
    return eitherWay(product, (x, spreadScale) => {
      const scale = read(spreadScale);
      return scale && { x, scale, shift };
    });
  });
}

/** Matches (x − mean) / √(variance + eps) per channel. */
function normalized(node: Node) {
  if (!is(node, normalize)) return undefined;
  const [x, center, scale] = node.inputs;
  const sum = follow(scale, [pow, 0], [sqrt, 0]);
  const variance = sum && follow(sum, [add, 0]);
  const epsilon = numberOf(sum?.inputs[1]);
  if (!x || !center || !scale || !variance || epsilon === undefined) return undefined;
  const { shape } = variance.type;
  const each = (value: number) => broadcastTo(full(value, []), shape);
  const rebuild = () => pow(sqrt(add(variance, each(epsilon))), each(-1));
  return isBuilt(scale, rebuild, [variance]) ? { x, center, variance, epsilon } : undefined;
}

const batchNorm: Pattern = (node) => {
  const outer = affine(node, channelVector);
  const found = normalized(outer?.x ?? node);
  if (!found) return undefined;
  const { x, center, variance, epsilon } = found;
  const attributes = { epsilon: { float: epsilon } };
  if (outer) {
    return {
      operands: [x, outer.scale, outer.shift, center, variance],
      attrs: attributes,
      emit: (inputs, onnx) => onnx.add("BatchNormalization", inputs, attributes),
    };
  }
  const { shape } = center.type;
  return {
    operands: [x, center, variance],
    attrs: { ...attributes, shape },
    emit: ([x, mean, variance], onnx) => {
      const [one, zero] = [onnx.filled(1, shape), onnx.filled(0, shape)];
      return onnx.add("BatchNormalization", [x!, one, zero, mean!, variance!], attributes);
    },
  };
};

/** Matches (x − mean) / √(variance + eps) over the last axes, as in `LayerNorm` and `GroupNorm`. */
function standardized(node: Node) {
  if (!is(node, div)) return undefined;
  const [centered, root] = node.inputs;
  const x = follow(centered, [sub, 0]);
  const center = unspread(centered?.inputs[1]);
  const axes = center && meanOf(center)?.axes;
  const epsilon = numberOf(follow(unrepeated(root), [sqrt, 0])?.inputs[1]);
  if (!x || !axes || epsilon === undefined) return undefined;
  const { shape } = x.type;
  const kept = shape.map((size, axis) => axes.includes(axis) ? 1 : size);
  const keptMean = (value: Node) => reshape(mean(value, axes), kept);
  const rebuild = () => {
    const apart = sub(x, broadcastTo(keptMean(x), shape));
    const variance = add(keptMean(square(apart)), broadcastTo(full(epsilon, []), kept));
    return div(apart, broadcastTo(sqrt(variance), shape));
  };
  const first = shape.length - axes.length;
  const areLast = axes.every((axis, i) => axis === first + i);
  return areLast && isBuilt(node, rebuild, [x]) ? { x, epsilon, first } : undefined;
}

const layerNorm: Pattern = (node) => {
  const outer = affine(node, unrepeated);
  const found = standardized(outer?.x ?? node);
  if (!found) return undefined;
  const { x, epsilon, first } = found;
  const last = x.type.shape.slice(first);
  const attributes = { axis: first, epsilon: { float: epsilon } };
  const fits = outer &&
    [outer.scale, outer.shift].every(({ type }) => type.shape.join() === last.join());
  if (outer && !fits) return undefined;
  if (outer) {
    return {
      operands: [x, outer.scale, outer.shift],
      attrs: { ...attributes, last },
      emit: (inputs, onnx) => onnx.add("LayerNormalization", inputs, attributes),
    };
  }
  return {
    operands: [x],
    attrs: { ...attributes, last },
    emit: ([x], onnx) => onnx.add("LayerNormalization", [x!, onnx.filled(1, last)], attributes),
  };
};

const convWithBias: Pattern = (node) => {
  if (!is(node, add)) return undefined;
  return eitherWay(node, (convolution, spread): Match | undefined => {
    const attrs = attrsOf(convolution, conv2d);
    const bias = attrs && channelVector(spread);
    if (!bias) return undefined;
    const { images: [_count, ...image], ...fixed } = attrs;
    return {
      operands: [...convolution.inputs, bias],
      attrs: { ...fixed, image },
      emit: (inputs, onnx) => onnx.add("Conv", inputs, convAttributes(attrs)),
    };
  });
};

/** Matches x · wᵀ of matrices, with or without a bias. */
const linear: Pattern = (node) => {
  if (is(node, add)) {
    return eitherWay(node, (product, spread) => {
      const bias = is(product, matmul) ? channelVector(spread) : undefined;
      return bias && gemm(product, [bias]);
    });
  }
  return is(node, matmul) && is(node.inputs[1]!, permute) ? gemm(node, []) : undefined;
};

function gemm(product: Node, bias: readonly Node[]): Match | undefined {
  if (product.type.shape.length !== 2) return undefined;
  const [x, weight] = product.inputs as [Node, Node];
  const turned = is(weight, permute); // a matrix has only one other order of axes
  const attributes: Attributes = turned ? { transB: 1 } : {};
  return {
    operands: [x, turned ? weight.inputs[0]! : weight, ...bias],
    attrs: attributes,
    emit: (inputs, onnx) => onnx.add("Gemm", inputs, attributes),
  };
}

/** The patterns. A pattern that contains another one comes first. */
export const layers: readonly Pattern[] = [batchNorm, layerNorm, convWithBias, linear];

/** Rows of convolutions, matrix products, reductions, and windows. */
import {
  type Builder,
  conv2d,
  type Conv2dAttrs,
  conv2dInputGradient,
  type Node,
  reduceMax,
  reduceMin,
  reduceProd,
  reduceSum,
  type WindowAttrs,
  windows,
} from "../../../graph/mod.ts";
import type { OnnxBuilder } from "../builder.ts";
import type { Attributes } from "../operators.ts";
import { cannotExport } from "../../errors.ts";
import { compactOperands, fixedAttrs, refuse, type Row } from "../row.ts";
import { isFixed, type Traces } from "../traces.ts";
import { reshaped } from "./views.ts";

/** Padding after an axis: how far the windows reach past its end, at least 0. */
function behind(
  { stride, padding, dilation, output }: Pick<
    WindowAttrs,
    "stride" | "padding" | "dilation" | "output"
  >,
  { size, image }: { readonly size: readonly number[]; readonly image: readonly number[] },
): number[] {
  return ([0, 1] as const).map((axis) => {
    const span = (size[axis]! - 1) * dilation[axis] + 1;
    const reached = (output[axis] - 1) * stride[axis] + span - padding[axis];
    return Math.max(0, reached - image[axis]!);
  });
}

/** Attributes of the operator Conv. */
export function convAttributes(attrs: Conv2dAttrs): Attributes {
  const size = attrs.weight.slice(2);
  const image = attrs.images.slice(2);
  return {
    kernel_shape: size,
    strides: attrs.stride,
    pads: [...attrs.padding, ...behind(attrs, { size, image })],
    dilations: attrs.dilation,
    group: attrs.groups,
  };
}

/** Attributes of the operators MaxPool and AveragePool. */
export function poolAttributes(attrs: WindowAttrs, image: readonly number[]): Attributes {
  return {
    kernel_shape: attrs.size,
    strides: attrs.stride,
    pads: [...attrs.padding, ...behind(attrs, { size: attrs.size, image })],
  };
}

/**
 * The attributes of a convolution for any number of images.
 * @throws {OnnxError} if the size of the images depends on the batch size, since padding depends on it
 */
function fixedConv(
  node: Node,
  builder: Builder<Conv2dAttrs>,
  { images, traces }: { readonly images: Node; readonly traces: Traces },
): Conv2dAttrs {
  const attrs = fixedAttrs(node, builder, { traces, mayVary: ["images"] });
  const size = traces.sizes(images).slice(2);
  if (size.every((each) => isFixed(each, each.fixed))) return attrs;
  throw cannotExport(
    node,
    "the height and width of its images must not depend on the batch size, because its padding " +
      "does: export with a fixed batch size",
  );
}

const conv: Row = (node, traces) => {
  const attrs = fixedConv(node, conv2d, { images: node.inputs[0]!, traces });
  return {
    operands: node.inputs,
    emit: (inputs, onnx) => onnx.add("Conv", inputs, convAttributes(attrs)),
  };
};

/** The gradient of a convolution with respect to its images is a transposed convolution. */
const convTranspose: Row = (node, traces) => {
  const attrs = fixedConv(node, conv2dInputGradient, { images: node, traces });
  const { images, stride, padding } = attrs;
  // pads cannot reach past the image here: the rest becomes output_padding
  return {
    operands: node.inputs,
    emit: (inputs, onnx) => {
      const attributes = convAttributes(attrs);
      const after = behind(attrs, { size: attrs.weight.slice(2), image: images.slice(2) });
      const extra = ([0, 1] as const).map((axis) => {
        const span = (attrs.weight[axis + 2]! - 1) * attrs.dilation[axis] + 1;
        const whole = (attrs.output[axis] - 1) * stride[axis] + span;
        return images[axis + 2]! - (whole - padding[axis] - after[axis]!);
      });
      if (extra.every((amount, axis) => amount < stride[axis]!)) {
        return onnx.add("ConvTranspose", inputs, { ...attributes, output_padding: extra });
      }
      // ONNX Runtime wants output_padding to be less than the stride: add the zeros in a Pad
      const plain = onnx.add("ConvTranspose", inputs, { ...attributes, output_padding: [0, 0] });
      return onnx.add("Pad", [plain, onnx.ints([0, 0, 0, 0, 0, 0, ...extra])]);
    },
  };
};

/** ONNX broadcasts the batch axes. */
const matmul: Row = (node, traces) => ({
  operands: compactOperands(node.inputs, { wanted: traces.sizes(node), traces, kept: 2 }),
  emit: (inputs, onnx) => onnx.add("MatMul", inputs),
});

function reduction(op: string, builder: typeof reduceMax): Row {
  return (node, traces) => {
    const { axes } = fixedAttrs(node, builder, { traces });
    return {
      operands: node.inputs,
      emit: (inputs, onnx) => onnx.add(op, inputs, { axes, keepdims: 0 }),
    };
  };
}

/** In opset 17 only ReduceSum takes its axes as an input; other reductions have an attribute. */
const sum: Row = (node, traces) => {
  const { axes } = fixedAttrs(node, reduceSum, { traces });
  return {
    operands: node.inputs,
    emit: ([x], onnx) => onnx.add("ReduceSum", [x!, onnx.ints(axes)], { keepdims: 0 }),
  };
};

/** Gathers rows and then columns of the padded image at constant positions. */
const windowsRow: Row = (node, traces) => {
  const attrs = fixedAttrs(node, windows, { traces });
  const rank = node.inputs[0]!.type.shape.length;
  const { padding, size, image, value } = attrs;
  const after = behind(attrs, { size, image });
  const rest = Array.from({ length: rank - 2 }, () => 0);
  return {
    operands: node.inputs,
    emit: ([x], onnx) => {
      const pads = onnx.ints([...rest, ...padding, ...rest, ...after]);
      const padded = onnx.add("Pad", [x!, pads, onnx.scalar(value, node.type.dtype)]);
      const rows = onnx.add("Gather", [padded, positions(onnx, attrs, 0)], { axis: rank - 2 });
      const all = onnx.add("Gather", [rows, positions(onnx, attrs, 1)], { axis: rank });
      const lead = rest.map((_, axis) => axis);
      // […, outH, kh, outW, kw] → […, outH, outW, kh, kw]
      return onnx.add("Transpose", [all], {
        perm: [...lead, rank - 2, rank, rank - 1, rank + 1],
      });
    },
  };
};

/** i64 [windows, size]: the row (or column) of each position of each window. */
function positions(
  onnx: OnnxBuilder,
  { stride, dilation, output, size }: WindowAttrs,
  axis: 0 | 1,
): string {
  const list = Array.from(
    { length: output[axis] * size[axis] },
    (_, i) => Math.floor(i / size[axis]) * stride[axis] + (i % size[axis]) * dilation[axis],
  );
  return onnx.constant(BigInt64Array.from(list, BigInt), [output[axis], size[axis]]);
}

/** (x − mean) · scale for each channel, where it is not part of a batch normalization. */
const normalize: Row = (node) => {
  const [x, ...vectors] = node.inputs;
  const others = node.type.shape.slice(2).map(() => 1);
  const column = (onnx: OnnxBuilder, vector: string) =>
    others.length === 0
      ? vector
      : reshaped(onnx, vector, [-1, ...others].map((fixed) => ({ fixed, perSample: 0 })));
  return {
    operands: [x!, ...vectors],
    emit: ([x, mean, scale], onnx) =>
      onnx.add("Mul", [onnx.add("Sub", [x!, column(onnx, mean!)]), column(onnx, scale!)]),
  };
};

const training: Row = refuse("it occurs only in training: export the forward pass only");

/** The rows, by op. */
export const network = {
  conv2d: conv,
  conv2dInputGradient: convTranspose,
  conv2dWeightGradient: training,
  matmul,
  reduceSum: sum,
  reduceMax: reduction("ReduceMax", reduceMax),
  reduceMin: reduction("ReduceMin", reduceMin),
  reduceProd: reduction("ReduceProd", reduceProd),
  windows: windowsRow,
  overlapAdd: training,
  normalize,
  gradient: training,
  applyUpdate: training,
  randomBits: refuse("random numbers cannot be exported: remove the layer that draws them"),
} as const;

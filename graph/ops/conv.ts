import {
  checkOption,
  listOf,
  nonNegativeWhole,
  positiveWhole,
  shapeSizes,
} from "../check_value.ts";
import { checkOptions } from "../check_options.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import type { Conv2dKernel, Conv2dSizes } from "../kernel.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { formatType, type Shape, type TensorType } from "../types.ts";
import {
  checkWindow,
  type Conv2dAttrs,
  type Conv2dOptions,
  conv2dRules,
  type Pair,
  pairOf,
} from "./window_options.ts";
import { convolveEach, weightGradientOfEach } from "./_conv_vmap.ts";
import { windowCount } from "./windows.ts";

/** [n, o, height, width] of the result of the forward convolution. */
export function conv2dResult({ images, weight, output }: Conv2dAttrs): Shape {
  return [images[0]!, weight[0]!, ...output];
}

function convOp(
  name: string,
  role: Conv2dKernel["role"],
  shapes: (attrs: Conv2dAttrs) => { inputs: readonly [Shape, Shape]; result: Shape },
  rules: Required<Pick<Op<Conv2dAttrs>, "vjp" | "vmap">>,
): Op<Conv2dAttrs> {
  return {
    name,
    lowering: {
      kind: "kernel",
      reads: "rowMajor",
      kernel: ({ attrs, operands: [a, b], label, stores }) => {
        const sizes = sizesOf(attrs);
        return { kind: "conv2d", label, role, sizes, a: a!.slot, b: b!.slot, stores };
      },
    },
    infer: (inputs, attrs) => {
      checkAttrs(name, attrs);
      const wanted = shapes(attrs);
      inputs.forEach((type, i) => checkOperand(name, type, wanted.inputs[i]!));
      return { dtype: "f32", shape: wanted.result };
    },
    ...rules,
  };
}

function sizesOf({ images, weight, output, ...rest }: Conv2dAttrs): Conv2dSizes {
  const [n, c, h, w] = images as [number, number, number, number];
  const [o, , kernelHeight, kernelWidth] = weight as [number, number, number, number];
  const [outHeight, outWidth] = output;
  const { stride, padding, dilation, groups } = rest;
  return {
    n,
    c,
    h,
    w,
    o,
    kernelHeight,
    kernelWidth,
    outHeight,
    outWidth,
    stride,
    padding,
    dilation,
    groups,
  };
}

function checkAttrs(name: string, attrs: Conv2dAttrs): void {
  const { images, weight, groups } = attrs;
  checkOption(`apply ${name}`, { images, weight }, listOf(nonNegativeWhole, 4), ShapeError);
  checkOption(`apply ${name}`, { groups }, positiveWhole);
  const image: Pair = [images[2]!, images[3]!];
  checkWindow(`apply ${name}`, { ...attrs, size: [weight[2]!, weight[3]!] }, image);
}

function checkOperand(name: string, type: TensorType, shape: Shape): void {
  if (type.dtype !== "f32") {
    throw new DTypeError(`Cannot apply ${name} to ${formatType(type)}: operands must be f32`);
  }
  if (type.shape.join() !== shape.join()) {
    throw new ShapeError(
      `Cannot apply ${name} to ${formatType(type)}: the operand must be f32[${shape.join(", ")}]`,
    );
  }
}

const forwardOp: Op<Conv2dAttrs> = convOp(
  "conv2d",
  "forward",
  (attrs) => ({ inputs: [attrs.images, attrs.weight], result: conv2dResult(attrs) }),
  {
    vjp: (g, { inputs: [x, weight], attrs }) => [
      conv2dInputGradient(g, weight!, attrs),
      conv2dWeightGradient(x!, g, attrs),
    ],
    vmap: convolveEach,
  },
);

const inputGradientOp: Op<Conv2dAttrs> = convOp(
  "conv2dInputGradient",
  "inputGradient",
  (attrs) => ({ inputs: [conv2dResult(attrs), attrs.weight], result: attrs.images }),
  {
    vjp: (u, { inputs: [g, weight], attrs }) => [
      makeNode(forwardOp, [u, weight!], attrs),
      conv2dWeightGradient(u, g!, attrs),
    ],
    vmap: convolveEach,
  },
);

const weightGradientOp: Op<Conv2dAttrs> = convOp(
  "conv2dWeightGradient",
  "weightGradient",
  (attrs) => ({ inputs: [attrs.images, conv2dResult(attrs)], result: attrs.weight }),
  {
    vjp: (u, { inputs: [x, g], attrs }) => [
      conv2dInputGradient(g!, u, attrs),
      makeNode(forwardOp, [x!, u], attrs),
    ],
    vmap: weightGradientOfEach,
  },
);

/** The builder of a transpose (adjoint) of the convolution. */
export type Conv2dTranspose =
  & ((a: Node, b: Node, attrs: Conv2dAttrs) => Node)
  & Builder<Conv2dAttrs>;

/** ∂/∂x of ⟨g, conv2d(x, weight)⟩, for g of the result's shape: a transposed convolution. */
export const conv2dInputGradient: Conv2dTranspose = defineBuilder(
  inputGradientOp,
  (g: Node, weight: Node, attrs: Conv2dAttrs) => makeNode(inputGradientOp, [g, weight], attrs),
);

/** ∂/∂weight of ⟨g, conv2d(x, weight)⟩. */
export const conv2dWeightGradient: Conv2dTranspose = defineBuilder(
  weightGradientOp,
  (x: Node, g: Node, attrs: Conv2dAttrs) => makeNode(weightGradientOp, [x, g], attrs),
);

function placed(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: number | "same",
): { before: number; count: number } {
  if (padding !== "same") {
    const count = windowCount(size, { size: kernel, stride, padding, dilation });
    return { before: padding, count };
  }
  const count = Math.ceil(size / stride);
  const span = (kernel - 1) * dilation + 1;
  const total = Math.max(0, (count - 1) * stride + span - size);
  return { before: Math.floor(total / 2), count }; // an odd one is added at the end, as in PyTorch
}

/** Computes and checks the attributes of a convolution. */
export function conv2dAttrs(
  images: Shape,
  weight: Shape,
  options: Conv2dOptions,
): Conv2dAttrs {
  checkOptions("apply conv2d", options, conv2dRules);
  checkOption("apply conv2d", { images, weight }, shapeSizes, ShapeError);
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const [strides, dilations] = [pairOf(stride), pairOf(dilation)];
  const what = `Cannot apply conv2d to images [${images.join(", ")}] and weight [${
    weight.join(", ")
  }]`;
  if (images.length !== 4 || weight.length !== 4) {
    throw new ShapeError(`${what}: both must have four axes, NCHW and OIHW`);
  }
  if (images[1] !== weight[1]! * groups || weight[0]! % groups !== 0) {
    throw new ShapeError(
      `${what}: ${groups} groups of ${weight[1]} channels must be the ${images[1]} channels of ` +
        `the images, and divide the ${weight[0]} outputs`,
    );
  }
  const amounts = padding === "same" ? (["same", "same"] as const) : pairOf(padding);
  const [rows, columns] = ([0, 1] as const).map((axis) =>
    placed(images[axis + 2]!, weight[axis + 2]!, strides[axis], dilations[axis], amounts[axis])
  ) as [ReturnType<typeof placed>, ReturnType<typeof placed>];
  if (rows.count < 1 || columns.count < 1) {
    throw new ShapeError(`${what}: the window must not be larger than the padded image`);
  }
  return {
    images,
    weight,
    padding: [rows.before, columns.before],
    stride: strides,
    dilation: dilations,
    groups,
    output: [rows.count, columns.count],
  };
}

/** The signature of `conv2d`. */
export type Conv2dFunction = (x: Node, weight: Node, options?: Conv2dOptions) => Node;

/**
 * Cross-correlates a batch of images with a bank of weights.
 *
 *     out[n,o,i,j] = Σ_{c,u,v} x[n,c, i·stride+u·dilation−pad, j·stride+v·dilation−pad] · weight[o,c,u,v]
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [n, c, h, w] |
 * | `weight` | f32 | [o, c / groups, kh, kw] |
 * | returns | f32 | [n, o, ⌊(h+2·pad−dilation·(kh−1)−1)/stride⌋+1, likewise w] |
 *
 * @throws {ShapeError} if the channel counts differ or the window exceeds the input
 */
export const conv2d: Conv2dFunction & Builder<Conv2dAttrs> = defineBuilder<
  Conv2dAttrs,
  Conv2dFunction
>(
  forwardOp,
  (x, weight, options = {}) =>
    makeNode(forwardOp, [x, weight], conv2dAttrs(x.type.shape, weight.type.shape, options)),
);

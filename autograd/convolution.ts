/** Convolutions and pooling as functions of tensors, as in PyTorch's `functional`. */
import * as op from "../graph/mod.ts";
import {
  checkOptions,
  type Conv1dOptions,
  conv1dRules,
  type Conv2dOptions,
  type Conv3dOptions,
  conv3dRules,
  type ConvTranspose1dOptions,
  convTranspose1dRules,
  type ConvTranspose2dOptions,
  formatType,
  type PoolOptions,
  ShapeError,
  tripleOf,
} from "../graph/mod.ts";
import { nodeOf, Tensor } from "./tensor.ts";

/**
 * Cross-correlates images f32 [n, c, h, w] with a weight f32 [o, c / groups, kh, kw]. The result is
 * f32 [n, o, ⌊(h + 2·padding − dilation·(kh − 1) − 1) / stride⌋ + 1, likewise w].
 * @throws {ShapeError} if the channel counts differ, or the window exceeds the padded image
 */
export function conv2d(x: Tensor, weight: Tensor, options: Conv2dOptions = {}): Tensor {
  return new Tensor(op.conv2d(nodeOf(x), nodeOf(weight), options));
}

/**
 * Transposed convolution of images f32 [n, c, h, w] with a weight f32 [c, o / groups, kh, kw]: the
 * transpose of `conv2d` as a linear map. The result is f32 [n, o, (h − 1)·stride − 2·padding +
 * dilation·(kh − 1) + outputPadding + 1, likewise w].
 * @throws {ShapeError} if the channel counts differ, or nothing is left of the result
 * @throws {RangeError} if `outputPadding` is not less than stride or dilation
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  options: ConvTranspose2dOptions = {},
): Tensor {
  return new Tensor(op.convTranspose2d(nodeOf(x), nodeOf(weight), options));
}

/** A sequence, or its weight, as an image of one row: [n, c, 1, length]. */
function asRow(x: Tensor, action: string): Tensor {
  const { type } = nodeOf(x);
  if (type.shape.length === 3) return x.unsqueeze(2);
  throw new ShapeError(
    `Cannot ${action} to ${formatType(type)}: it must be [n, c, length], three axes`,
  );
}

/**
 * Cross-correlates sequences f32 [n, c, length] with a weight f32 [o, c / groups, size]. The result
 * is f32 [n, o, ⌊(length + 2·padding − dilation·(size − 1) − 1) / stride⌋ + 1].
 * @throws {ShapeError} if the channel counts differ, or the window exceeds the padded sequence
 */
export function conv1d(x: Tensor, weight: Tensor, options: Conv1dOptions = {}): Tensor {
  const action = "apply conv1d";
  checkOptions(action, options, conv1dRules);
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  return conv2d(asRow(x, action), asRow(weight, action), {
    stride: [1, stride],
    padding: padding === "same" ? padding : [0, padding],
    dilation: [1, dilation],
    groups,
  }).squeeze(2);
}

/**
 * Transposed convolution of sequences f32 [n, c, length] with a weight f32 [c, o / groups, size]. The
 * result is f32 [n, o, (length − 1)·stride − 2·padding + dilation·(size − 1) + outputPadding + 1].
 * @throws {ShapeError} if the channel counts differ, or nothing is left of the result
 * @throws {RangeError} if `outputPadding` is not less than stride or dilation
 */
export function convTranspose1d(
  x: Tensor,
  weight: Tensor,
  options: ConvTranspose1dOptions = {},
): Tensor {
  const action = "apply convTranspose1d";
  checkOptions(action, options, convTranspose1dRules);
  const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
  return convTranspose2d(asRow(x, action), asRow(weight, action), {
    stride: [1, stride],
    padding: [0, padding],
    outputPadding: [0, outputPadding],
    dilation: [1, dilation],
    groups,
  }).squeeze(2);
}

/**
 * Cross-correlates volumes f32 [n, c, d, h, w] with a weight f32 [o, c / groups, kd, kh, kw]. The
 * result is f32 [n, o, ⌊(d + 2·padding − dilation·(kd − 1) − 1) / stride⌋ + 1, likewise h, w].
 *
 * It is one `conv2d` in which the layers of a window are channels, so it needs memory for kd copies
 * of the volumes.
 * @throws {ShapeError} if the channel counts differ, or the window exceeds the padded volume
 */
export function conv3d(x: Tensor, weight: Tensor, options: Conv3dOptions = {}): Tensor {
  const action = "apply conv3d";
  checkOptions(action, options, conv3dRules);
  const given = [x, weight].map((operand) => nodeOf(operand).type);
  if (given.some(({ shape }) => shape.length !== 5)) {
    const [a, b] = given.map(formatType);
    throw new ShapeError(
      `Cannot ${action} to ${a} and weight ${b}: they must be [n, c, d, h, w] and ` +
        "[o, c / groups, kd, kh, kw]",
    );
  }
  const [stride, padding, dilation] = [
    tripleOf(options.stride ?? 1),
    tripleOf(options.padding ?? 0),
    tripleOf(options.dilation ?? 1),
  ];
  const [n, channels, , h, w] = x.shape as [number, number, number, number, number];
  const [outputs, inputs, depth, kh, kw] = weight.shape as [number, number, number, number, number];
  const layers = layersOf(x, {
    size: depth,
    stride: stride[0],
    padding: padding[0],
    dilation: dilation[0],
  });
  const count = layers.shape[1]!;
  const flat = layers.reshape([n * count, channels * depth, h, w]);
  const filters = weight.reshape([outputs, inputs * depth, kh, kw]);
  const images = conv2d(flat, filters, {
    stride: [stride[1], stride[2]],
    padding: [padding[1], padding[2]],
    dilation: [dilation[1], dilation[2]],
    groups: options.groups ?? 1,
  });
  const [, , outH, outW] = images.shape as readonly [number, number, number, number];
  return images.reshape([n, count, outputs, outH, outW]).permute([0, 2, 1, 3, 4]);
}

/** Windows along the depth: [n, c, d, h, w] → [n, windows, c, size, h, w]. */
function layersOf(x: Tensor, window: Parameters<typeof op.windowCount>[1]): Tensor {
  const [n, channels, d, h, w] = x.shape as [number, number, number, number, number];
  const count = op.windowCount(d, window);
  if (count < 1) {
    throw new ShapeError(
      `Cannot apply conv3d to ${formatType(x.node.type)}: the window must not be larger than the ` +
        `padded volume: current depth of the weight is ${window.size}`,
    );
  }
  const { size, stride, padding, dilation } = window;
  const all = op.windows(x.reshape([n, channels, d, h * w]).node, {
    size: [size, 1],
    stride: [stride, 1],
    padding: [padding, 0],
    dilation: [dilation, 1],
    output: [count, h * w],
    image: [d, h * w],
    value: 0,
  });
  return new Tensor(all).reshape([n, channels, count, h * w, size])
    .permute([0, 2, 1, 4, 3]).reshape([n, count, channels, size, h, w]);
}

/**
 * The largest element of each window of images [n, c, h, w], or NaN if one is NaN. The result is
 * [n, c, ⌊(h + 2·padding − size) / stride⌋ + 1, likewise w].
 */
export function maxPool2d(x: Tensor, options: PoolOptions): Tensor {
  return new Tensor(op.maxPool2d(nodeOf(x), options));
}

/** The mean of each window of images [n, c, h, w]; padding counts as zeros. See `maxPool2d`. */
export function avgPool2d(x: Tensor, options: PoolOptions): Tensor {
  return new Tensor(op.avgPool2d(nodeOf(x), options));
}

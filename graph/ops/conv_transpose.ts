import { checkOptions } from "../check_options.ts";
import { checkOption, shapeSizes } from "../check_value.ts";
import { ShapeError } from "../errors.ts";
import type { Node } from "../node.ts";
import { formatType, type Shape } from "../types.ts";
import { conv2dInputGradient } from "./conv.ts";
import { type ConvTranspose2dOptions, convTranspose2dRules } from "./conv_options.ts";
import { type Conv2dAttrs, pairOf } from "./window_options.ts";

const action = "apply convTranspose2d";

/** The attributes of the convolution that this one is the transpose of. */
function attrsOfTranspose(x: Shape, weight: Shape, options: ConvTranspose2dOptions): Conv2dAttrs {
  checkOptions(action, options, convTranspose2dRules);
  checkOption(action, { x, weight }, shapeSizes, ShapeError);
  const { groups = 1 } = options;
  const { stride: strides = 1, padding: paddings = 0, dilation: dilations = 1 } = options;
  const [stride, padding, dilation] = [pairOf(strides), pairOf(paddings), pairOf(dilations)];
  const extra = pairOf(options.outputPadding ?? 0);
  const what = `Cannot ${action} to [${x.join(", ")}] and weight [${weight.join(", ")}]`;
  if (x.length !== 4 || weight.length !== 4 || x[1] !== weight[0] || weight[0]! % groups !== 0) {
    throw new ShapeError(
      `${what}: they must be [n, c, h, w] and [c, outputs / groups, kh, kw], with groups that divide ` +
        `c: current number of groups is ${groups}`,
    );
  }
  const sizeAlong = (axis: 0 | 1): number => {
    const most = Math.max(stride[axis], dilation[axis]) - 1;
    if (extra[axis] > most) {
      throw new RangeError(
        `${what}: outputPadding must be less than stride or dilation, at most ${most}: current is ` +
          `${extra[axis]}`,
      );
    }
    const span = (weight[axis + 2]! - 1) * dilation[axis] + 1;
    return (x[axis + 2]! - 1) * stride[axis] - 2 * padding[axis] + span + extra[axis];
  };
  const [height, width] = [sizeAlong(0), sizeAlong(1)];
  if (height < 1 || width < 1) {
    throw new ShapeError(
      `${what}: the result must have at least one pixel: current size is ${height}×${width}`,
    );
  }
  const images = [x[0]!, weight[1]! * groups, height, width];
  return { images, weight, padding, stride, dilation, groups, output: [x[2]!, x[3]!] };
}

/**
 * Transposed convolution, as PyTorch's `conv_transpose2d`: the transpose (adjoint) of `conv2d` as a
 * linear map of the images.
 *
 *     out[n, o, i·stride + u·dilation − pad, likewise j, v] += Σ_c x[n, c, i, j] · weight[c, o, u, v]
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [n, c, h, w] |
 * | `weight` | f32 | [c, o / groups, kh, kw] |
 * | returns | f32 | [n, o, (h−1)·stride − 2·pad + dilation·(kh−1) + outputPadding + 1, likewise w] |
 *
 * @throws {ShapeError} if the channel counts differ, or nothing is left of the result
 * @throws {RangeError} if `outputPadding` is too large
 */
export function convTranspose2d(
  x: Node,
  weight: Node,
  options: ConvTranspose2dOptions = {},
): Node {
  if (x.type.dtype !== "f32" || weight.type.dtype !== "f32") {
    const [a, b] = [x, weight].map(({ type }) => formatType(type));
    throw new TypeError(`Cannot ${action} to ${a} and weight ${b}: both must be f32`);
  }
  return conv2dInputGradient(x, weight, attrsOfTranspose(x.type.shape, weight.type.shape, options));
}

/** Rows of convolutions. */
import { Tensor } from "../../../autograd/mod.ts";
import { attrsOf, conv2d, conv2dInputGradient, type Pair } from "../../../graph/mod.ts";
import type { Operands } from "../operands.ts";
import { type Row, row } from "../row.ts";
import {
  asImage,
  likeImage,
  pairFor,
  type Placement,
  placeWindows,
  type WindowOptions,
  windowOptions,
} from "./placement.ts";

/** The last two sizes. */
function imageOf({ shape }: Tensor): Pair {
  return [shape[2]!, shape[3]!];
}

/** Adds a bias per channel (axis 1). */
function withBias(y: Tensor, bias: Tensor | undefined): Tensor {
  return bias ? y.add(bias.reshape([bias.size, ...y.shape.slice(2).map(() => 1)])) : y;
}

/** A convolution padded as placed; with zeros added to the image only if the op cannot pad so. */
function convolve(x: Tensor, weight: Tensor, placed: Placement, groups: number): Tensor {
  const { stride, dilation, before, after, output } = placed;
  for (const padding of [before, "same"] as const) {
    const node = conv2d(x.node, weight.node, { stride, padding, dilation, groups });
    const attrs = attrsOf(node, conv2d);
    if (attrs?.padding.join() === before.join() && attrs.output.join() === output.join()) {
      return new Tensor(node);
    }
  }
  const padded = x.pad([0, 0, ...before], [0, 0, ...after]);
  return new Tensor(conv2d(padded.node, weight.node, { stride, dilation, groups }));
}

const conv: Row = row((operator) => {
  const options = windowOptions(operator);
  const groups = operator.int("group", 1);
  return (operands) => {
    const [x, weight] = [asImage(operands.at(0), operands), asImage(operands.at(1), operands)];
    mustFit(options, weight, operands);
    const placed = placeWindows(options, operands, {
      image: imageOf(x),
      axes: operands.at(0).rank - 2,
      size: imageOf(weight),
    });
    const y = convolve(x, weight, placed, groups);
    return likeImage(withBias(y, operands.maybe(2)), operands.at(0));
  };
});

function mustFit({ size }: WindowOptions, weight: Tensor, operands: Operands): void {
  if (!size || imageOf(weight).join() === pairFor(size, 1, operands).join()) return;
  throw operands.refuse(
    `the weight must be as large as kernel_shape: current is ${size.join("×")}`,
  );
}

/** What a transposed convolution has in addition. */
interface TransposedOptions extends WindowOptions {
  readonly extra: readonly number[] | undefined;
  readonly wanted: readonly number[] | undefined;
}

/** The padding before each axis, and the size of the result. */
function transposedSizes(
  options: TransposedOptions,
  operands: Operands,
  { image, axes, span, stride }: {
    readonly image: Pair;
    readonly axes: number;
    readonly span: Pair;
    readonly stride: Pair;
  },
) {
  const { automatic, wanted } = options;
  const extra = options.extra ? pairFor(options.extra, 0, operands) : [0, 0];
  const pads = options.pads ?? Array.from({ length: 2 * axes }, () => 0);
  const [before, after] = [pads.slice(0, axes), pads.slice(axes)]
    .map((list) => pairFor(list, 0, operands));
  const along = ([0, 1] as const).map((axis) => {
    const whole = (image[axis] - 1) * stride[axis] + extra[axis]! + span[axis];
    const isSame = automatic.startsWith("SAME");
    const size = wanted
      ? pairFor(wanted.slice(-axes), 1, operands)[axis]
      : isSame
      ? image[axis] * stride[axis]
      : whole - before![axis] - after![axis];
    if (!wanted && !isSame) return { start: before![axis], size };
    const total = Math.max(0, whole - size);
    const half = automatic === "SAME_UPPER" ? Math.floor(total / 2) : Math.ceil(total / 2);
    return { start: half, size };
  });
  const padding: Pair = [along[0]!.start, along[1]!.start];
  const result: Pair = [along[0]!.size, along[1]!.size];
  return { padding, result };
}

const convTranspose: Row = row((operator) => {
  const options: TransposedOptions = {
    ...windowOptions(operator),
    extra: operator.ints("output_padding"),
    wanted: operator.ints("output_shape"),
  };
  const groups = operator.int("group", 1);
  return (operands) => {
    const [x, weight] = [asImage(operands.at(0), operands), asImage(operands.at(1), operands)];
    mustFit(options, weight, operands);
    const each = (list: readonly number[] | undefined): Pair =>
      list ? pairFor(list, 1, operands) : [1, 1];
    const [stride, dilation] = [each(options.strides), each(options.dilations)];
    const span = imageOf(weight).map((size, i) => (size - 1) * dilation[i as 0 | 1] + 1);
    const { padding, result } = transposedSizes(options, operands, {
      image: imageOf(x),
      axes: operands.at(0).rank - 2,
      span: [span[0]!, span[1]!],
      stride,
    });
    const channels = weight.shape[1]! * groups;
    const images = [x.shape[0]!, channels, ...result];
    const attrs = { images, weight: weight.shape, padding, stride, dilation, groups };
    const y = conv2dInputGradient(x.node, weight.node, { ...attrs, output: imageOf(x) });
    return likeImage(withBias(new Tensor(y), operands.maybe(2)), operands.at(0));
  };
});

/** The rows, by operator. */
export const convolutions = {
  Conv: conv,
  ConvTranspose: convTranspose,
} as const satisfies Readonly<Record<string, Row>>;

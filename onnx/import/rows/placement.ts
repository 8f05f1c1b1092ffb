/** Where the windows of convolutions and pooling are, along one or two axes of an image. */
import type { Tensor } from "../../../autograd/mod.ts";
import type { Pair } from "../../../graph/mod.ts";
import type { Operands } from "../operands.ts";
import type { Operator } from "../operator.ts";

/** The attributes of an operator with windows. */
export interface WindowOptions {
  /** Size of a window; `undefined` if it is that of the weight. */
  readonly size: readonly number[] | undefined;
  readonly strides: readonly number[] | undefined;
  readonly dilations: readonly number[] | undefined;
  readonly pads: readonly number[] | undefined;
  readonly automatic: "NOTSET" | "SAME_UPPER" | "SAME_LOWER" | "VALID";
  /** Whether a last window may extend beyond the padded image. */
  readonly ceils: boolean;
}

/** Windows over an image with two axes. */
export interface Placement {
  readonly size: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Padding before and after each axis. */
  readonly before: Pair;
  readonly after: Pair;
  /** Number of windows. */
  readonly output: Pair;
}

/** Reads the attributes of an operator with windows. */
export function windowOptions(operator: Operator): WindowOptions {
  return {
    size: operator.ints("kernel_shape"),
    strides: operator.ints("strides"),
    dilations: operator.ints("dilations"),
    pads: operator.ints("pads"),
    automatic: operator.choice(
      "auto_pad",
      ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"],
      "NOTSET",
    ),
    ceils: operator.flag("ceil_mode"),
  };
}

/** An image [n, c, length] as [n, c, 1, length]; one with two axes as it is. */
export function asImage(x: Tensor, operands: Operands): Tensor {
  if (x.rank === 4) return x;
  if (x.rank === 3) return x.reshape([x.shape[0]!, x.shape[1]!, 1, x.shape[2]!]);
  throw operands.refuse(
    `images must have one or two axes: current shape is [${x.shape.join(", ")}]`,
  );
}

/** Undoes `asImage` for the result. */
export function likeImage(result: Tensor, x: Tensor): Tensor {
  if (x.rank === 4) return result;
  const [n, c, , length] = result.shape as [number, number, number, number];
  return result.reshape([n, c, length]);
}

/** Numbers for two axes, of which the first is missing for an image with one. */
export function pairFor(list: readonly number[], fill: number, operands: Operands): Pair {
  const [first, second] = list;
  if (list.length === 2) return [first!, second!];
  if (list.length === 1) return [fill, first!];
  throw operands.refuse(`there must be a number for each axis of the image: current are ${list}`);
}

/**
 * Places windows over an image.
 * @param image height and width
 * @param axes number of axes that the file's image has, 1 or 2
 */
export function placeWindows(
  options: WindowOptions,
  operands: Operands,
  { image, axes, size }: { readonly image: Pair; readonly axes: number; readonly size: Pair },
): Placement {
  const each = (list: readonly number[] | undefined, fill: number): Pair =>
    list ? pairFor(list, fill, operands) : [fill, fill];
  const stride = each(options.strides, 1);
  const dilation = each(options.dilations, 1);
  const pads = options.pads;
  const given = {
    before: each(pads?.slice(0, axes), 0),
    after: each(pads?.slice(axes), 0),
  };
  const along = ([0, 1] as const).map((axis) => {
    const span = (size[axis] - 1) * dilation[axis] + 1;
    const { before, after } = options.automatic === "NOTSET"
      ? { before: given.before[axis], after: given.after[axis] }
      : automaticPads(options.automatic, { size: image[axis], span, stride: stride[axis] });
    if (before < 0 || after < 0) throw operands.refuse("pads must not be negative");
    const count = windowsAlong(image[axis], { before, after, span, stride: stride[axis] }, options);
    operands.mustBeFew(count);
    return { before, after, count };
  });
  const [rows, columns] = along as [typeof along[number], typeof along[number]];
  const [before, after]: Pair[] = [[rows.before, columns.before], [rows.after, columns.after]];
  return {
    size,
    stride,
    dilation,
    before: before!,
    after: after!,
    output: [rows.count, columns.count],
  };
}

/** Pads that give ⌈size / stride⌉ windows, or none. */
function automaticPads(
  automatic: "SAME_UPPER" | "SAME_LOWER" | "VALID",
  { size, span, stride }: { size: number; span: number; stride: number },
) {
  if (automatic === "VALID") return { before: 0, after: 0 };
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + span - size);
  const [less, more] = [Math.floor(total / 2), Math.ceil(total / 2)];
  return automatic === "SAME_UPPER" ? { before: less, after: more } : { before: more, after: less };
}

/** The number of windows. With `ceils`, a last one may start in the image and end outside. */
function windowsAlong(
  size: number,
  { before, after, span, stride }: { before: number; after: number; span: number; stride: number },
  { ceils }: WindowOptions,
): number {
  const room = (size + before + after - span) / stride;
  const count = Math.floor(room) + 1;
  const startsInside = count * stride < size + before;
  return ceils && room > Math.floor(room) && startsInside ? count + 1 : count;
}

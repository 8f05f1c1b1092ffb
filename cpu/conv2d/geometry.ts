/**
 * The two gathering sums of a convolution in one form: each result is a sum over channels and
 * *taps* of a source image, and each tap reads at a constant offset from the result's position.
 */
import type { Conv2dSizes } from "../../graph/kernel.ts";

/** One weight element of each channel: position `p` of a class reads source `p·step + offset`. */
export interface Tap {
  /** `u · kernelWidth + v`. */
  readonly weight: number;
  readonly row: number;
  readonly column: number;
}

/** A class of result positions `first + p · resultStep` with the same taps. */
export interface ResultClass {
  readonly firstRow: number;
  readonly firstColumn: number;
  readonly taps: readonly Tap[];
}

/** A gathering sum. Channels are counted per group. */
export interface Gather {
  readonly batch: number;
  readonly groups: number;
  readonly sourceChannels: number;
  readonly sourceSize: readonly [height: number, width: number];
  readonly resultChannels: number;
  readonly resultSize: readonly [height: number, width: number];
  /** Source rows and columns between adjacent positions of a class. */
  readonly sourceStep: readonly [number, number];
  /** Result rows and columns between adjacent positions of a class. */
  readonly resultStep: readonly [number, number];
  readonly classes: readonly ResultClass[];
  /** Elements of the weight for one pair of channels. */
  readonly weightSize: number;
  /** Whether the weight's first axis counts source channels, not result channels. */
  readonly weightBySource: boolean;
}

/** Whether it is a matrix product over pixels: 1×1, stride 1, no padding. */
export function isPointwise(sizes: Conv2dSizes): boolean {
  const { kernelHeight, kernelWidth, stride, padding } = sizes;
  return kernelHeight === 1 && kernelWidth === 1 && stride[0] === 1 && stride[1] === 1 &&
    padding[0] === 0 && padding[1] === 0 && sizes.h === sizes.outHeight &&
    sizes.w === sizes.outWidth;
}

/** A pointwise convolution's images as one row of pixels. */
export function flattened(sizes: Conv2dSizes): Conv2dSizes {
  return { ...sizes, h: 1, w: sizes.h * sizes.w, outHeight: 1, outWidth: sizes.h * sizes.w };
}

/** The forward sum: y = i·stride + u·dilation − padding. */
export function forwardGather(sizes: Conv2dSizes): Gather {
  const taps = tapsOf(
    sizes,
    (axis, tap) => tap * sizes.dilation[axis] - sizes.padding[axis],
  );
  return {
    ...commonParts(sizes),
    sourceChannels: sizes.c / sizes.groups,
    sourceSize: [sizes.h, sizes.w],
    resultChannels: sizes.o / sizes.groups,
    resultSize: [sizes.outHeight, sizes.outWidth],
    sourceStep: sizes.stride,
    resultStep: [1, 1],
    classes: [{ firstRow: 0, firstColumn: 0, taps }],
    weightBySource: false,
  };
}

/**
 * The sum over outputs that depend on an input pixel: i = (y + padding − u·dilation) / stride,
 * where that is whole. Pixels with equal remainders modulo the stride have the same taps.
 */
export function inputGradientGather(sizes: Conv2dSizes): Gather {
  const { h, w, stride, padding, dilation } = sizes;
  const classes: ResultClass[] = [];
  for (let firstRow = 0; firstRow < Math.min(stride[0], h); firstRow++) {
    for (let firstColumn = 0; firstColumn < Math.min(stride[1], w); firstColumn++) {
      const first = [firstRow, firstColumn] as const;
      const taps = tapsOf(
        sizes,
        (axis, tap) => (first[axis] + padding[axis] - tap * dilation[axis]) / stride[axis],
      );
      classes.push({ firstRow, firstColumn, taps });
    }
  }
  return {
    ...commonParts(sizes),
    sourceChannels: sizes.o / sizes.groups,
    sourceSize: [sizes.outHeight, sizes.outWidth],
    resultChannels: sizes.c / sizes.groups,
    resultSize: [h, w],
    sourceStep: [1, 1],
    resultStep: stride,
    classes,
    weightBySource: true,
  };
}

function commonParts(
  { n, groups, kernelHeight, kernelWidth }: Conv2dSizes,
): Pick<Gather, "batch" | "groups" | "weightSize"> {
  return { batch: n, groups, weightSize: kernelHeight * kernelWidth };
}

/** The weight elements whose offsets along both axes are whole. */
function tapsOf(
  { kernelHeight, kernelWidth }: Conv2dSizes,
  offset: (axis: 0 | 1, tap: number) => number,
): Tap[] {
  const taps: Tap[] = [];
  for (let u = 0; u < kernelHeight; u++) {
    for (let v = 0; v < kernelWidth; v++) {
      const [row, column] = [offset(0, u), offset(1, v)];
      if (!Number.isInteger(row) || !Number.isInteger(column)) continue;
      taps.push({ weight: u * kernelWidth + v, row, column });
    }
  }
  return taps;
}

/** The largest number of positions of any class. */
export function classSize({ resultSize, resultStep }: Gather): readonly [number, number] {
  return [Math.ceil(resultSize[0] / resultStep[0]), Math.ceil(resultSize[1] / resultStep[1])];
}

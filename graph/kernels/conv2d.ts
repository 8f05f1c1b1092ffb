import type { Shape } from "../types.ts";
import type { KernelRow, Store } from "./loop.ts";

/**
 * Sizes of a two-dimensional convolution: images [n, c, h, w], weight
 * [o, c / groups, kernelHeight, kernelWidth], result [n, o, outHeight, outWidth], all
 * contiguous.
 */
export interface Conv2dSizes {
  /** Images in the batch. */
  readonly n: number;
  /** Input channels, over all groups. */
  readonly c: number;
  /** Rows of the input. */
  readonly h: number;
  /** Columns of the input. */
  readonly w: number;
  /** Output channels, over all groups. */
  readonly o: number;
  /** Rows of the weight. */
  readonly kernelHeight: number;
  /** Columns of the weight. */
  readonly kernelWidth: number;
  /** Rows of the result. */
  readonly outHeight: number;
  /** Columns of the result. */
  readonly outWidth: number;
  /** Input rows and columns between adjacent outputs. */
  readonly stride: readonly [number, number];
  /** Rows of zeros above and columns of zeros left of the image. Those at the end are implied. */
  readonly padding: readonly [number, number];
  /** Input rows and columns between adjacent weights. */
  readonly dilation: readonly [number, number];
  /** Number of independent groups of channels. */
  readonly groups: number;
}

/**
 * One of the three sums of products of a convolution, with an epilogue. With
 * `y = i·stride + u·dilation − padding` (likewise for columns), and channels restricted to
 * their group, `result 0` is
 *
 * | role | `a` | `b` | result axes | result 0 |
 * | --- | --- | --- | --- | --- |
 * | `forward` | images | weight | n, o, i, j | Σ_{c,u,v} a[n,c,y,x] · b[o,c,u,v] |
 * | `inputGradient` | result-shaped | weight | n, c, y, x | Σ_{o,i,j,u,v} a[n,o,i,j] · b[o,c,u,v] |
 * | `weightGradient` | images | result-shaped | o, c, u, v | Σ_{n,i,j} a[n,c,y,x] · b[n,o,i,j] |
 *
 * The four axes are numbered as in the table. The stores never write a slot of `a` or `b`.
 */
export interface Conv2dKernel {
  /** The kind of kernel. */
  readonly kind: "conv2d";
  /** Name for error messages, profiles, and debug labels. */
  readonly label: string;
  /** Which of the three sums. */
  readonly role: "forward" | "inputGradient" | "weightGradient";
  /** Sizes of the forward convolution. */
  readonly sizes: Conv2dSizes;
  /** Slot of the first operand. */
  readonly a: number;
  /** Slot of the second operand. */
  readonly b: number;
  /** The epilogue: the stores for each finished sum. */
  readonly stores: readonly Store[];
}

/** Sizes of the four axes of a convolution's stores. */
export function conv2dSpace({ role, sizes }: Pick<Conv2dKernel, "role" | "sizes">): Shape {
  const { n, c, h, w, o, groups, kernelHeight, kernelWidth, outHeight, outWidth } = sizes;
  switch (role) {
    case "forward":
      return [n, o, outHeight, outWidth];
    case "inputGradient":
      return [n, c, h, w];
    case "weightGradient":
      return [o, c / groups, kernelHeight, kernelWidth];
  }
}

/** The shape of an operand. */
export function conv2dOperand(
  { role, sizes }: Pick<Conv2dKernel, "role" | "sizes">,
  operand: "a" | "b",
): Shape {
  const { n, c, h, w, o, groups, kernelHeight, kernelWidth, outHeight, outWidth } = sizes;
  const images = [n, c, h, w];
  const result = [n, o, outHeight, outWidth];
  const weight = [o, c / groups, kernelHeight, kernelWidth];
  if (operand === "a") return role === "inputGradient" ? result : images;
  return role === "weightGradient" ? result : weight;
}

/** The row of convolutions. */
export const conv2dRow: KernelRow<Conv2dKernel> = {
  operands: ({ a, b }) => [a, b],
  space: conv2dSpace,
  loops: ({ sizes: { n, c, h, w, o, kernelHeight, kernelWidth, outHeight, outWidth } }) => [
    [n, c, h, w],
    [o, c, kernelHeight, kernelWidth],
    [n, o, outHeight, outWidth],
  ],
};

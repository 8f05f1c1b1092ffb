/** Handwritten convolution kernels with many sizes and epilogues. */
import {
  type Conv2dKernel,
  type Conv2dSizes,
  s,
  type Scalar,
  type Shape,
} from "../../graph/mod.ts";
import { at, position, type SlotData, zeros } from "../gpu/_plans.ts";
import { randomFloats } from "../gpu/_random.ts";

/** One of the three sums. */
export type Role = Conv2dKernel["role"];

/** The three sums. */
export const roles: readonly Role[] = ["forward", "inputGradient", "weightGradient"];

/** The parameters of a case, from which the rest follows. */
export interface Layer {
  readonly images: readonly [n: number, c: number, h: number, w: number];
  /** Output channels. */
  readonly outputs: number;
  readonly kernel: readonly [height: number, width: number];
  readonly stride?: readonly [number, number];
  /** Zeros above and left; those below and right are `padding` too unless `behind` is given. */
  readonly padding?: readonly [number, number];
  readonly behind?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly groups?: number;
}

/** The sizes of a layer. */
export function sizesOf(layer: Layer): Conv2dSizes {
  const { images: [n, c, h, w], outputs, kernel, groups = 1 } = layer;
  const { stride = [1, 1], padding = [0, 0], behind = padding, dilation = [1, 1] } = layer;
  const count = (axis: 0 | 1): number => {
    const span = (kernel[axis] - 1) * dilation[axis] + 1;
    const padded = [h, w][axis]! + padding[axis] + behind[axis];
    return Math.floor((padded - span) / stride[axis]) + 1;
  };
  const [kernelHeight, kernelWidth] = kernel;
  const [outHeight, outWidth] = [count(0), count(1)];
  const pixels = { outHeight, outWidth, stride, padding, dilation, groups };
  return { n, c, h, w, o: outputs, kernelHeight, kernelWidth, ...pixels };
}

/** The description of a layer. */
export function describeLayer(layer: Layer): string {
  const { images, outputs, kernel, ...rest } = layer;
  const options = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  return [`[${images}] to ${outputs} by ${kernel.join("×")}`, ...options].join(", ");
}

/** Shapes of the operands and the result of one of the sums. */
export function shapesOf(role: Role, sizes: Conv2dSizes): readonly [Shape, Shape, Shape] {
  const { n, c, h, w, o, groups, kernelHeight, kernelWidth, outHeight, outWidth } = sizes;
  const images = [n, c, h, w];
  const weight = [o, c / groups, kernelHeight, kernelWidth];
  const result = [n, o, outHeight, outWidth];
  switch (role) {
    case "forward":
      return [images, weight, result];
    case "inputGradient":
      return [result, weight, images];
    case "weightGradient":
      return [images, result, weight];
  }
}

/** A kernel and its slots: operands 0 and 1, then what the stores need. */
export interface Conv2dCase {
  readonly kernel: Conv2dKernel;
  readonly slots: readonly SlotData[];
}

/** The kind of store: the plain sum, or an expression with positions, loads, or two stores. */
export type Epilogue = "plain" | "channels" | "positions" | "transposed" | "in place";

/** The kernel of one of the sums of a layer. */
export function conv2dCase(role: Role, sizes: Conv2dSizes, epilogue: Epilogue): Conv2dCase {
  const [aShape, bShape, shape] = shapesOf(role, sizes);
  const operands = [randomFloats(aShape, 3), randomFloats(bShape, 4)];
  const { stores, slots } = epilogues[epilogue](shape);
  const kernel = {
    kind: "conv2d",
    label: `conv ${role}`,
    role,
    sizes,
    a: 0,
    b: 1,
    stores,
  } as const;
  return { kernel, slots: [...operands, ...slots] };
}

interface Stores {
  readonly stores: Conv2dKernel["stores"];
  readonly slots: readonly SlotData[];
}

const axes = [0, 1, 2, 3];
const sum: Scalar = s.result(0, "f32");

const epilogues: Readonly<Record<Epilogue, (shape: Shape) => Stores>> = {
  plain: (shape) => ({
    stores: [{ slot: 2, index: position(shape, axes), value: sum }],
    slots: [zeros("f32", shape)],
  }),
  /** Bias by axis 1, a residual, ReLU, and where it let through. */
  channels: (shape) => {
    const bias = at(2, [shape[1]!], { axes: [1] });
    const residual = at(3, shape, { axes });
    const value = s.add(s.add(sum, bias), residual);
    const index = position(shape, axes);
    return {
      stores: [
        { slot: 4, index, value: s.max(value, s.const(0)) },
        { slot: 5, index, value: s.lt(s.const(-1e6), value) },
      ],
      slots: [
        randomFloats([shape[1]!], 5),
        randomFloats(shape, 6),
        zeros("f32", shape),
        zeros("bool", shape),
      ],
    };
  },
  /** Every axis by itself. */
  positions: (shape) => {
    const row = at(2, [shape[2]!], { axes: [2] });
    const column = at(3, [shape[3]!], { axes: [3] });
    const first = s.cast(s.axis(0, shape[0]!), "f32");
    const value = s.add(s.mul(s.add(sum, row), column), first);
    return {
      stores: [{ slot: 4, index: position(shape, axes), value }],
      slots: [randomFloats([shape[2]!], 7), randomFloats([shape[3]!], 8), zeros("f32", shape)],
    };
  },
  /** Adjacent elements are stored far apart. */
  transposed: (shape) => {
    const turned = [shape[3]!, shape[0]!, shape[2]!, shape[1]!];
    const sizes = axes.map((axis) => shape[axis]!);
    const index = position(turned, [3, 0, 2, 1], [sizes[3]!, sizes[0]!, sizes[2]!, sizes[1]!]);
    return { stores: [{ slot: 2, index, value: sum }], slots: [zeros("f32", turned)] };
  },
  /** A step of momentum: both slots are read and written. */
  "in place": (shape) => {
    const index = position(shape, axes);
    const velocity = s.add(s.mul(at(2, shape, { axes }), s.const(0.9)), sum);
    const weight = s.sub(at(3, shape, { axes }), s.mul(velocity, s.const(0.01)));
    return {
      stores: [{ slot: 2, index, value: velocity }, { slot: 3, index, value: weight }],
      slots: [randomFloats(shape, 9), randomFloats(shape, 10)],
    };
  },
};

/** Every kind of epilogue. */
export const epilogueNames = Object.keys(epilogues) as readonly Epilogue[];

/** Odd sizes, strides, paddings, dilations and groups. */
export const layers: readonly Layer[] = [
  { images: [2, 3, 5, 5], outputs: 4, kernel: [3, 3], padding: [1, 1] },
  { images: [1, 1, 1, 1], outputs: 1, kernel: [1, 1] },
  { images: [1, 1, 4, 4], outputs: 1, kernel: [4, 4] },
  { images: [3, 5, 7, 9], outputs: 6, kernel: [3, 2], padding: [1, 0] },
  { images: [2, 4, 8, 8], outputs: 9, kernel: [3, 3], padding: [1, 1], stride: [2, 2] },
  { images: [2, 9, 9, 7], outputs: 5, kernel: [3, 3], padding: [2, 1], stride: [2, 3] },
  { images: [1, 6, 11, 13], outputs: 8, kernel: [3, 5], padding: [2, 2], stride: [3, 1] },
  { images: [2, 8, 6, 6], outputs: 8, kernel: [1, 1] },
  { images: [2, 10, 8, 8], outputs: 7, kernel: [1, 1], stride: [2, 2] },
  { images: [2, 3, 6, 5], outputs: 2, kernel: [1, 1], stride: [3, 2], padding: [1, 1] },
  { images: [2, 4, 9, 9], outputs: 4, kernel: [3, 3], padding: [2, 2], dilation: [2, 2] },
  {
    images: [1, 3, 12, 10],
    outputs: 5,
    kernel: [3, 3],
    padding: [1, 2],
    stride: [2, 2],
    dilation: [3, 2],
  },
  { images: [2, 6, 7, 7], outputs: 6, kernel: [3, 3], padding: [1, 1], groups: 6 },
  { images: [1, 4, 9, 8], outputs: 8, kernel: [3, 3], padding: [1, 1], stride: [2, 2], groups: 4 },
  {
    images: [2, 3, 9, 10],
    outputs: 6,
    kernel: [5, 4],
    padding: [2, 1],
    stride: [2, 1],
    dilation: [1, 2],
    groups: 3,
  },
  { images: [1, 2, 13, 12], outputs: 2, kernel: [12, 11], padding: [1, 1], groups: 2 },
  { images: [2, 12, 6, 9], outputs: 18, kernel: [3, 3], padding: [1, 1], groups: 3 },
  { images: [2, 6, 5, 5], outputs: 4, kernel: [2, 2], stride: [2, 2], groups: 2 },
  // Zeros behind but not before, and the other way round.
  { images: [2, 3, 6, 6], outputs: 4, kernel: [2, 2], padding: [0, 0], behind: [1, 1] },
  { images: [2, 3, 6, 6], outputs: 4, kernel: [2, 3], padding: [1, 2], behind: [0, 0] },
  // More padding than weight: some results see zeros only.
  { images: [1, 2, 3, 3], outputs: 3, kernel: [2, 2], padding: [3, 4] },
  // Rows and columns that no result reads.
  { images: [2, 3, 9, 10], outputs: 3, kernel: [2, 2], stride: [4, 5] },
  // More taps than are unrolled.
  { images: [1, 3, 12, 12], outputs: 5, kernel: [7, 7], padding: [3, 3], stride: [2, 2] },
  { images: [2, 2, 10, 9], outputs: 6, kernel: [6, 7], padding: [3, 3] },
  { images: [2, 7, 4, 4], outputs: 13, kernel: [3, 3], padding: [1, 1] },
  { images: [5, 17, 2, 3], outputs: 10, kernel: [3, 3], padding: [1, 1] },
  { images: [2, 3, 4, 50], outputs: 4, kernel: [1, 9], padding: [0, 4] },
  { images: [2, 3, 150, 2], outputs: 4, kernel: [3, 1], padding: [1, 0] },
  { images: [1, 2, 3, 301], outputs: 2, kernel: [3, 3], padding: [1, 1], stride: [1, 2] },
];

/** The sums of a convolution, product by product: the same as the definition, only faster. */
export function conv2dSums(
  role: Role,
  sizes: Conv2dSizes,
  [a, b]: readonly [ArrayLike<number>, ArrayLike<number>],
): Float64Array {
  const { n, c, h, w, o, kernelHeight, kernelWidth, outHeight, outWidth } = sizes;
  const [inputs, outputs] = [c / sizes.groups, o / sizes.groups];
  const count = shapesOf(role, sizes)[2].reduce((product, size) => product * size, 1);
  const sums = new Float64Array(count);
  const add = (image: number, weight: number, result: number): void => {
    if (role === "forward") sums[result]! += a[image]! * b[weight]!;
    else if (role === "inputGradient") sums[image]! += a[result]! * b[weight]!;
    else sums[weight]! += a[image]! * b[result]!;
  };
  for (let m = 0; m < n; m++) {
    for (let q = 0; q < o; q++) {
      for (let k = 0; k < inputs; k++) {
        const channel = Math.floor(q / outputs) * inputs + k;
        for (let i = 0; i < outHeight; i++) {
          for (let u = 0; u < kernelHeight; u++) {
            const y = i * sizes.stride[0] + u * sizes.dilation[0] - sizes.padding[0];
            if (y < 0 || y >= h) continue;
            for (let j = 0; j < outWidth; j++) {
              for (let v = 0; v < kernelWidth; v++) {
                const x = j * sizes.stride[1] + v * sizes.dilation[1] - sizes.padding[1];
                if (x < 0 || x >= w) continue;
                add(
                  ((m * c + channel) * h + y) * w + x,
                  ((q * inputs + k) * kernelHeight + u) * kernelWidth + v,
                  ((m * o + q) * outHeight + i) * outWidth + j,
                );
              }
            }
          }
        }
      }
    }
  }
  return sums;
}

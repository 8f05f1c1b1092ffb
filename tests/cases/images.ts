import * as op from "../../graph/mod.ts";
import type { Pair, Shape } from "../../graph/mod.ts";
import * as reference from "../reference/images.ts";
import { max, mean } from "../reference/reduce.ts";
import { f32, type OpCase } from "./op_case.ts";

interface Convolution {
  readonly images: Shape;
  readonly weight: Shape;
  readonly options?: op.Conv2dOptions;
  /** Height and width of the result, worked out by hand. */
  readonly output: Pair;
  /** Rows and columns in front, where `options` only say "same". */
  readonly before?: Pair;
}

const convolutions: readonly Convolution[] = [
  { images: [1, 1, 5, 5], weight: [1, 1, 3, 3], output: [3, 3] },
  { images: [2, 3, 5, 4], weight: [4, 3, 2, 3], output: [4, 2] },
  { images: [2, 3, 5, 5], weight: [4, 3, 3, 3], options: { padding: 1 }, output: [5, 5] },
  {
    images: [2, 3, 7, 6],
    weight: [2, 3, 3, 3],
    options: { stride: 2, padding: 1 },
    output: [4, 3],
  },
  { images: [1, 2, 7, 7], weight: [3, 2, 3, 3], options: { dilation: 2 }, output: [3, 3] },
  {
    images: [2, 4, 5, 5],
    weight: [6, 2, 3, 3],
    options: { groups: 2, padding: [1, 0] },
    output: [5, 3],
  },
  { images: [1, 3, 4, 4], weight: [3, 1, 3, 3], options: { groups: 3 }, output: [2, 2] },
  { images: [3, 5, 4, 3], weight: [7, 5, 1, 1], output: [4, 3] },
  {
    images: [1, 2, 6, 5],
    weight: [2, 2, 3, 2],
    options: { padding: "same", stride: [2, 1] },
    output: [3, 5],
    before: [0, 0],
  },
  {
    images: [1, 1, 5, 5],
    weight: [1, 1, 3, 3],
    options: { padding: "same" },
    output: [5, 5],
    before: [1, 1],
  },
  { images: [2, 3, 4, 4], weight: [5, 3, 4, 4], output: [1, 1] },
  { images: [0, 2, 3, 3], weight: [2, 2, 2, 2], output: [2, 2] },
  { images: [4, 8, 9, 9], weight: [16, 8, 3, 3], options: { padding: 1 }, output: [9, 9] },
];

const pair = (value: number | Pair): Pair => typeof value === "number" ? [value, value] : value;

function windowOf({ weight, options = {}, output, before }: Convolution): reference.Window {
  const { stride = 1, padding = 0, dilation = 1 } = options;
  return {
    size: [weight[2]!, weight[3]!],
    stride: pair(stride),
    padding: padding === "same" ? before! : pair(padding),
    dilation: pair(dilation),
    output,
  };
}

const forwards = convolutions.map((convolution): OpCase => {
  const { images, weight, options = {} } = convolution;
  return {
    op: "conv2d",
    build: (x, w) => op.conv2d(x!, w!, options),
    reference: (x, w) => reference.conv2d(x!, w!, windowOf(convolution), options.groups ?? 1),
    derivative: "smooth",
    inputs: [f32(images), f32(weight)],
    terms: op.elementCount(weight.slice(1)),
  };
});

/** A transpose of a linear map, entry by entry: its value at each unit vector. */
function transposed(
  shape: Shape,
  forward: (unit: { shape: Shape; data: number[] }) => { data: readonly number[] },
  g: { data: readonly number[] },
): { shape: Shape; data: number[] } {
  const count = op.elementCount(shape);
  const data = Array.from({ length: count }, (_, i) => {
    const unit = Array.from({ length: count }, (_, j) => Number(i === j));
    return forward({ shape, data: unit }).data.reduce((sum, y, j) => sum + y * g.data[j]!, 0);
  });
  return { shape, data };
}

const small = convolutions.filter(({ images, weight }) =>
  op.elementCount(images) * op.elementCount(weight) < 20000
);

const backwards = small.flatMap((convolution): OpCase[] => {
  const { images, weight, options = {}, output } = convolution;
  const groups = options.groups ?? 1;
  const window = windowOf(convolution);
  const attrs = op.conv2dAttrs(images, weight, options);
  const result = [images[0]!, weight[0]!, ...output];
  return [
    {
      op: "conv2dInputGradient",
      build: (g, w) => op.conv2dInputGradient(g!, w!, attrs),
      reference: (g, w) =>
        transposed(images, (unit) => reference.conv2d(unit, w!, window, groups), g!),
      derivative: "smooth",
      inputs: [f32(result), f32(weight)],
      terms: op.elementCount(weight),
    },
    {
      op: "conv2dWeightGradient",
      build: (x, g) => op.conv2dWeightGradient(x!, g!, attrs),
      reference: (x, g) =>
        transposed(weight, (unit) => reference.conv2d(x!, unit, window, groups), g!),
      derivative: "smooth",
      inputs: [f32(images), f32(result)],
      terms: op.elementCount(result),
    },
  ];
});

const transposes: readonly {
  readonly x: Shape;
  readonly weight: Shape;
  readonly options?: op.ConvTranspose2dOptions;
  /** Height and width of the result, worked out by hand. */
  readonly output: Pair;
}[] = [
  { x: [1, 1, 3, 3], weight: [1, 1, 3, 3], output: [5, 5] },
  { x: [2, 3, 2, 4], weight: [3, 4, 2, 3], options: { stride: 2 }, output: [4, 9] },
  { x: [2, 3, 3, 2], weight: [3, 2, 4, 4], options: { stride: 2, padding: 1 }, output: [6, 4] },
  { x: [1, 2, 3, 3], weight: [2, 3, 3, 3], options: { dilation: 2 }, output: [7, 7] },
  {
    x: [1, 2, 2, 3],
    weight: [2, 3, 3, 2],
    options: { stride: [3, 2], outputPadding: [2, 1], padding: [1, 0] },
    output: [6, 7],
  },
  { x: [2, 4, 3, 2], weight: [4, 3, 2, 2], options: { groups: 2 }, output: [4, 3] },
  { x: [1, 3, 3, 3], weight: [3, 1, 2, 2], options: { groups: 3, stride: 2 }, output: [6, 6] },
  { x: [2, 2, 3, 3], weight: [2, 2, 3, 3], options: { padding: 2 }, output: [1, 1] },
  { x: [0, 2, 3, 3], weight: [2, 2, 2, 2], output: [4, 4] },
  {
    x: [1, 1, 2, 2],
    weight: [1, 2, 2, 2],
    options: { dilation: 3, outputPadding: 2, padding: 1 },
    output: [5, 5],
  },
];

const transposedConvolutions = transposes.map(({ x, weight, options = {}, output }): OpCase => {
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const window = {
    size: [weight[2]!, weight[3]!] as const,
    stride: pair(stride),
    padding: pair(padding),
    dilation: pair(dilation),
    output,
  };
  return {
    op: "convTranspose2d",
    build: (images, w) => op.convTranspose2d(images!, w!, options),
    reference: (images, w) => reference.convTranspose2d(images!, w!, window, groups),
    derivative: "smooth",
    inputs: [f32(x), f32(weight)],
    terms: op.elementCount(weight),
  };
});

const poolings: readonly {
  readonly shape: Shape;
  readonly options: op.PoolOptions;
  readonly output: Pair;
}[] = [
  { shape: [1, 1, 4, 4], options: { size: 2 }, output: [2, 2] },
  { shape: [2, 3, 4, 6], options: { size: [2, 3] }, output: [2, 2] },
  { shape: [2, 3, 5, 5], options: { size: 3, stride: 2 }, output: [2, 2] },
  { shape: [1, 2, 5, 5], options: { size: 3, stride: 2, padding: 1 }, output: [3, 3] },
  { shape: [1, 2, 4, 4], options: { size: 2, stride: 1 }, output: [3, 3] },
  { shape: [3, 1, 7, 3], options: { size: [7, 3] }, output: [1, 1] },
  { shape: [1, 2, 3, 3], options: { size: 1 }, output: [3, 3] },
  { shape: [0, 2, 4, 4], options: { size: 2 }, output: [2, 2] },
  { shape: [2, 2, 5, 7], options: { size: 2 }, output: [2, 3] },
  { shape: [1, 2, 11, 9], options: { size: 9, stride: 2 }, output: [2, 1] },
  { shape: [1, 1, 17, 17], options: { size: 9, stride: 1 }, output: [9, 9] },
];

function poolWindow({ options, output }: (typeof poolings)[number]): reference.Window {
  const { size, stride = size, padding = 0 } = options;
  return {
    size: pair(size),
    stride: pair(stride),
    padding: pair(padding),
    dilation: [1, 1],
    output,
  };
}

const pooled = poolings.flatMap((pooling): OpCase[] => {
  const { shape, options } = pooling;
  const window = poolWindow(pooling);
  const terms = window.size[0] * window.size[1];
  return [
    {
      op: "maxPool2d",
      build: (x) => op.maxPool2d(x!, options),
      reference: (x) => reference.pool(x!, window, -Infinity, max),
      derivative: "smooth",
      inputs: [f32(shape, { distinct: true, low: -1 })],
      terms,
    },
    {
      op: "avgPool2d",
      build: (x) => op.avgPool2d(x!, options),
      reference: (x) => reference.pool(x!, window, 0, mean),
      derivative: "linear",
      inputs: [f32(shape)],
      terms,
    },
  ];
});

const windowed: readonly { readonly lead: Shape; readonly attrs: op.WindowsAttrs }[] = ([
  [[], [4, 4], [2, 2], [2, 2], [0, 0], [1, 1], [2, 2], 0],
  [[2], [5, 4], [3, 2], [1, 1], [0, 0], [1, 1], [3, 3], 0],
  [[2, 3], [5, 5], [3, 3], [2, 2], [1, 1], [1, 1], [3, 3], 0],
  [[1], [7, 7], [3, 3], [1, 1], [0, 0], [2, 2], [3, 3], 0],
  [[1], [3, 3], [2, 2], [1, 1], [1, 1], [1, 1], [4, 4], -1],
  [[2], [6, 3], [2, 3], [3, 1], [0, 1], [1, 1], [2, 3], 0],
  [[2], [4, 4], [1, 1], [3, 3], [0, 0], [1, 1], [2, 2], 0],
  [[0], [3, 3], [2, 2], [1, 1], [0, 0], [1, 1], [2, 2], 0],
  [[1, 1], [1, 1], [1, 1], [1, 1], [0, 0], [1, 1], [1, 1], 0],
  // windows of more positions than a sum is written out for, one and many over a pixel
  [[2], [18, 16], [9, 8], [9, 8], [0, 0], [1, 1], [2, 2], 0],
  [[1], [12, 11], [9, 8], [1, 1], [0, 0], [1, 1], [4, 4], 0],
  [[1], [21, 19], [17, 5], [1, 2], [2, 1], [1, 2], [9, 7], 0],
  [[1], [32, 12], [9, 8], [1, 2], [1, 0], [1, 1], [10, 1], 0],
  [[2], [27, 18], [10, 10], [1, 1], [0, 0], [2, 1], [9, 9], 0],
  [[1], [15, 16], [9, 12], [1, 1], [3, 2], [1, 1], [13, 9], 0],
] satisfies [Shape, Pair, Pair, Pair, Pair, Pair, Pair, number][]).map((
  [lead, image, size, stride, padding, dilation, output, value],
) => ({ lead, attrs: { image, size, stride, padding, dilation, output, value } }));

const windowCases = windowed.flatMap(({ lead, attrs }): OpCase[] => [
  {
    op: "windows",
    build: (x) => op.windows(x!, attrs),
    reference: (x) => reference.windows(x!, attrs, attrs.value),
    derivative: attrs.value === 0 ? "linear" : "smooth",
    inputs: [f32([...lead, ...attrs.image])],
  },
  {
    op: "overlapAdd",
    build: (g) => op.overlapAdd(g!, attrs),
    reference: (g) => reference.overlapAdd(g!, attrs, attrs.image),
    derivative: "linear",
    inputs: [f32([...lead, ...attrs.output, ...attrs.size])],
    terms: attrs.size[0] * attrs.size[1],
  },
]);

const normalized = [[2, 3], [1, 1], [5, 1], [0, 3], [2, 3, 4], [2, 3, 4, 5], [33, 7], [
  4,
  2,
  1,
  1,
]].map((shape): OpCase => ({
  op: "normalize",
  build: (x, mean, scale) => op.normalize(x!, mean!, scale!),
  reference: (x, mean, scale) => reference.normalize(x!, mean!, scale!),
  derivative: "smooth",
  inputs: [f32(shape), f32([shape[1]!]), f32([shape[1]!])],
}));

/** Cases of convolutions, pooling and normalisation. */
export const imageCases: readonly OpCase[] = [
  ...forwards,
  ...backwards,
  ...transposedConvolutions,
  ...pooled,
  ...windowCases,
  ...normalized,
];

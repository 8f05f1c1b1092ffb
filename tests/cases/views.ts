import * as op from "../../graph/mod.ts";
import type { Node, Shape } from "../../graph/mod.ts";
import type { RefTensor } from "../reference/tensor.ts";
import * as reference from "../reference/views.ts";
import { bool, f32, i32, type OpCase, type Sample } from "./op_case.ts";

/** A view of one f32 input: linear unless told. */
function view(
  name: string,
  input: Shape | Sample,
  build: (x: Node) => Node,
  expected: (x: RefTensor) => RefTensor,
  derivative: OpCase["derivative"] = "linear",
): OpCase {
  const sample = "dtype" in input ? input : f32(input);
  return {
    op: name,
    build: (x) => build(x!),
    reference: (x) => expected(x!),
    derivative: sample.dtype === "f32" ? derivative : "none",
    inputs: [sample],
  };
}

const reshapes = ([
  [[6], [2, 3]],
  [[2, 3], [6]],
  [[2, 3], [3, 2]],
  [[], [1, 1]],
  [[1, 1], []],
  [[0, 3], [3, 0, 2]],
  [[4, 6, 5], [4, 2, 3, 5]],
  [[4, 2, 3, 5], [24, 5]],
  [[2, 3, 4], [4, 3, 2]],
  [[7, 1, 11], [77]],
  [[5, 1], [1, 5]],
] satisfies [Shape, Shape][]).map(([from, to]) =>
  view("reshape", from, (x) => op.reshape(x, to), (x) => reference.reshape(x, to))
);

const broadcasts = ([
  [[], [2, 3]],
  [[1], [5]],
  [[3], [2, 3]],
  [[2, 1], [2, 3]],
  [[1, 3], [2, 3]],
  [[1, 1], [3, 4]],
  [[2, 1, 3], [4, 2, 5, 3]],
  [[1], [0]],
  [[0], [3, 0]],
  [[1, 17], [33, 17]],
  [[1], [1, 1]],
] satisfies [Shape, Shape][]).map(([from, to]) =>
  view("broadcastTo", from, (x) => op.broadcastTo(x, to), (x) => reference.broadcastTo(x, to))
);

const permutes = ([
  [[2, 3], [1, 0]],
  [[2, 3, 4], [2, 0, 1]],
  [[2, 3, 4], [1, 2, 0]],
  [[2, 3, 4], [0, 2, 1]],
  [[1, 5], [1, 0]],
  [[0, 3], [1, 0]],
  [[2, 1, 3, 5], [3, 1, 0, 2]],
  [[33, 17], [1, 0]],
  [[], []],
] satisfies [Shape, Shape][]).map(([shape, order]) =>
  view("permute", shape, (x) => op.permute(x, order), (x) => reference.permute(x, order))
);

const transposes = [[2, 3], [1, 5], [4, 2, 3], [2, 1, 3, 5], [0, 2], [1, 1], [33, 17], [5, 2, 0]]
  .map((shape) => {
    const axes = shape.map((_, axis) => axis);
    const order = [...axes.slice(0, -2), shape.length - 1, shape.length - 2];
    return view("transpose", shape, op.transpose, (x) => reference.permute(x, order));
  });

const slices = ([
  [[5], [1], [3], [1]],
  [[5], [0], [3], [2]],
  [[5], [4], [1], [1]],
  [[5], [2], [0], [1]],
  [[5], [5], [0], [1]],
  [[4, 6], [1, 2], [2, 3], [1, 1]],
  [[4, 6], [0, 1], [2, 2], [3, 4]],
  [[2, 3, 7], [0, 1, 0], [2, 2, 3], [1, 1, 3]],
  [[0, 3], [0, 1], [0, 2], [1, 1]],
  [[33, 17], [3, 2], [10, 5], [3, 3]],
] satisfies [Shape, Shape, Shape, Shape][]).map(([shape, starts, sizes, steps]) =>
  view(
    "slice",
    shape,
    (x) => op.slice(x, starts, sizes, steps),
    (x) => reference.slice(x, starts, sizes, steps),
  )
);

const pads = ([
  [[3], [1], [2], [0], 0],
  [[3], [0], [0], [2], 0],
  [[3], [2], [1], [1], 0],
  [[1], [1], [0], [3], 0],
  [[0], [2], [1], [1], 0],
  [[2, 3], [1, 0], [0, 2], [0, 1], 0],
  [[2, 3], [0, 1], [0, 0], [0, 0], 0.5],
  [[2, 3], [1, 1], [1, 1], [1, 2], -1],
  [[2, 0, 3], [1, 1, 0], [0, 0, 1], [0, 0, 0], 0],
  [[17, 9], [2, 3], [1, 4], [1, 0], 0],
  [[], [], [], [], 0],
] satisfies [Shape, Shape, Shape, Shape, number][]).map((
  [shape, before, after, interior, value],
) =>
  view(
    "pad",
    shape,
    (x) => op.pad(x, before, after, { interior, value }),
    (x) => reference.pad(x, before, after, interior, value),
    value === 0 ? "linear" : "smooth",
  )
);

const flips = ([
  [[], []],
  [[1], [0]],
  [[5], [0]],
  [[0], [0]],
  [[2, 3], [0]],
  [[2, 3], [1]],
  [[2, 3], [1, 0]],
  [[2, 0, 3], [2]],
  [[3, 4, 5], [0, 2]],
  [[7, 33], [1]],
] satisfies [Shape, number[]][]).map(([shape, axes]) =>
  view("flip", shape, (x) => op.flip(x, axes), (x) => reference.flip(x, axes))
);

const concats = ([
  [[[2], [3]], 0],
  [[[2, 3], [2, 1]], 1],
  [[[2, 3], [4, 3]], 0],
  [[[1], [1], [1]], 0],
  [[[0], [3]], 0],
  [[[3], [0]], 0],
  [[[2, 0, 3], [2, 2, 3], [2, 1, 3]], 1],
  [[[2, 3, 4], [2, 3, 1]], 2],
  [[[33], [1], [17]], 0],
  [[[5]], 0],
  [Array.from({ length: 33 }, (_, i) => [2, i % 3]), 1], // more than one kernel reads
  [Array.from({ length: 70 }, (_, i) => [1 + i % 2]), 0],
] satisfies [Shape[], number][]).map(([list, axis]): OpCase => ({
  op: "concat",
  build: (...inputs) => op.concat(inputs, axis),
  reference: (...inputs) => reference.concat(inputs, axis),
  derivative: "linear",
  inputs: list.map((shape) => f32(shape)),
}));

const indexed = [
  [[5], [3], 0],
  [[5], [], 0],
  [[5, 3], [4], 0],
  [[5, 3], [4], 1],
  [[2, 5, 3], [2, 2], 1],
  [[1, 3], [4], 0],
  [[5, 3], [0], 0],
  [[5, 0], [2], 0],
  [[17, 9], [33], 0],
] satisfies [Shape, Shape, number][];

const gathers = indexed.map(([shape, indices, axis]): OpCase => ({
  op: "gather",
  build: (x, index) => op.gather(x!, index!, axis),
  reference: (x, index) => reference.gather(x!, index!, axis),
  derivative: "linear",
  // Some of them are outside: they are clamped, and so are their gradients.
  inputs: [f32(shape), i32(indices, -2, shape[axis]! + 2)],
}));

const elements = ([
  [[5], [3]],
  [[5], []],
  [[5, 3], [4]],
  [[5, 3], [2, 3]],
  [[2, 5, 3], [3, 2]],
  [[1, 3], [2, 1, 4]],
  [[0, 3], [0]],
  [[5, 3], [0, 2]],
  [[3, 2, 5, 4], [2, 2, 3, 3]],
  [[17, 9], [33]],
  [[2, 1, 2, 1, 2, 1, 3, 2], [2, 3]], // more indices than a kernel reads
] satisfies [Shape, Shape][]).map(([shape, result]): OpCase => ({
  op: "elementsAt",
  build: (x, ...indices) => op.elementsAt(x!, indices),
  reference: (x, ...indices) => reference.elementsAt(x!, indices),
  derivative: "linear",
  inputs: [f32(shape), ...shape.map((size) => i32(result, -2, size + 2))],
}));

const scatters = indexed.map(([shape, indices, axis]): OpCase => ({
  op: "scatterSum",
  build: (g, index) => op.scatterSum(g!, index!, axis, shape[axis]!),
  reference: (g, index) => reference.scatterSum(g!, index!, axis, shape[axis]!),
  derivative: "linear",
  // Some of them are outside: they are dropped, and get no gradient.
  inputs: [f32(shape.toSpliced(axis, 1, ...indices)), i32(indices, -2, shape[axis]! + 2)],
  terms: op.elementCount(indices),
}));

const maxima = indexed.map(([shape, indices, axis]): OpCase => ({
  op: "scatterMax",
  build: (g, index) => op.scatterMax(g!, index!, axis, shape[axis]!),
  reference: (g, index) => reference.scatterMax(g!, index!, axis, shape[axis]!),
  derivative: "none",
  inputs: [
    i32(shape.toSpliced(axis, 1, ...indices), -5, 20),
    i32(indices, -2, shape[axis]! + 2),
  ],
}));

const oneHots = ([[[3], 4], [[], 3], [[2, 3], 5], [[0], 2], [[1], 1], [[33], 7], [[5], 3], [
  [4],
  0,
]] satisfies [Shape, number][]).map(([shape, classes]) =>
  view(
    "oneHot",
    i32(shape, 0, Math.max(1, classes)),
    (x) => op.oneHot(x, classes),
    (x) => reference.oneHot(x, classes),
  )
);

const otherTypes = [
  view("reshape", i32([2, 3], -5, 5), (x) => op.reshape(x, [6]), (x) => reference.reshape(x, [6])),
  view("permute", bool([2, 3]), (x) => op.permute(x, [1, 0]), (x) => reference.permute(x, [1, 0])),
  view(
    "pad",
    i32([3], -5, 5),
    (x) => op.pad(x, [1], [1], { value: 7 }),
    (x) => reference.pad(x, [1], [1], [0], 7),
  ),
  view(
    "pad",
    bool([3]),
    (x) => op.pad(x, [1], [1]),
    (x) => reference.pad(x, [1], [1], [0], 0),
  ),
  view(
    "broadcastTo",
    bool([3]),
    (x) => op.broadcastTo(x, [2, 3]),
    (x) => reference.broadcastTo(x, [2, 3]),
  ),
];

/** Cases of ops that move elements. */
export const viewCases: readonly OpCase[] = [
  ...reshapes,
  ...broadcasts,
  ...permutes,
  ...transposes,
  ...slices,
  ...flips,
  ...pads,
  ...concats,
  ...gathers,
  ...elements,
  ...scatters,
  ...maxima,
  ...oneHots,
  ...otherTypes,
];

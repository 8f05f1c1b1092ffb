import * as op from "../../graph/mod.ts";
import type { Node, Shape } from "../../graph/mod.ts";
import * as reference from "../reference/network.ts";
import type { RefTensor } from "../reference/tensor.ts";
import { f32, i32, type OpCase } from "./op_case.ts";

const products = ([
  [[], 2, 3, 4],
  [[], 1, 1, 1],
  [[], 1, 7, 1],
  [[], 5, 1, 3],
  [[], 0, 3, 2],
  [[], 2, 0, 3],
  [[], 2, 3, 0],
  [[], 17, 33, 9],
  [[], 64, 32, 48],
  [[], 13, 4096, 2],
  [[2], 3, 4, 5],
  [[2, 3], 2, 5, 1],
  [[0], 2, 2, 2],
  [[1], 33, 2, 65],
] satisfies [Shape, number, number, number][]).map(([batch, m, k, n]): OpCase => ({
  op: "matmul",
  build: (a, b) => op.matmul(a!, b!),
  reference: (a, b) => reference.matmul(a!, b!),
  derivative: "smooth",
  inputs: [f32([...batch, m, k]), f32([...batch, k, n])],
  terms: k,
}));

/** Products whose operands are views: the kernel reads them where they lie. */
const viewedProducts: OpCase[] = [
  {
    op: "matmul",
    build: (a, b) => op.matmul(op.transpose(a!), b!),
    reference: (a, b) => reference.matmul(swapped(a!), b!),
    derivative: "smooth",
    inputs: [f32([7, 5]), f32([7, 3])],
    terms: 7,
  },
  {
    op: "matmul",
    build: (a, b) => op.matmul(a!, op.transpose(b!)),
    reference: (a, b) => reference.matmul(a!, swapped(b!)),
    derivative: "smooth",
    inputs: [f32([9, 17]), f32([5, 17])],
    terms: 17,
  },
  {
    op: "matmul",
    build: (a, b) => op.matmul(op.slice(a!, [1, 2], [4, 6]), op.slice(b!, [0, 1], [6, 3])),
    reference: (a, b) => reference.matmul(cut(a!, [1, 2], [4, 6]), cut(b!, [0, 1], [6, 3])),
    derivative: "smooth",
    inputs: [f32([6, 9]), f32([8, 5])],
    terms: 6,
  },
];

function swapped(x: RefTensor): RefTensor {
  const [rows, columns] = x.shape as [number, number];
  return {
    shape: [columns, rows],
    data: Array.from(
      { length: rows * columns },
      (_, i) => x.data[(i % rows) * columns + Math.floor(i / rows)]!,
    ),
  };
}

function cut(x: RefTensor, [top, left]: Shape, [rows, columns]: Shape): RefTensor {
  const data = Array.from({ length: rows! * columns! }, (_, i) => {
    const row = top! + Math.floor(i / columns!);
    return x.data[row * x.shape[1]! + left! + i % columns!]!;
  });
  return { shape: [rows!, columns!], data };
}

const axes = [
  [[5], 0],
  [[1], 0],
  [[2, 3], 1],
  [[2, 3], 0],
  [[2, 3, 4], 1],
  [[3, 1], 1],
  [[0, 3], 1],
  [[33, 10], 1],
  [[2, 1000], 1],
] satisfies [Shape, number][];

function alongAxis(
  name: string,
  build: (x: Node, axis: number) => Node,
  expected: (x: RefTensor, axis: number) => RefTensor,
): OpCase[] {
  return axes.map(([shape, axis]) => ({
    op: name,
    build: (x) => build(x!, axis),
    reference: (x) => expected(x!, axis),
    derivative: "smooth",
    inputs: [f32(shape)],
    terms: shape[axis]!,
  }));
}

const logits: readonly Shape[] = [[5], [2, 3], [1, 1], [0, 3], [4, 1], [2, 3, 4], [33, 10], [
  2,
  1000,
]];
const labelled = (
  name: string,
  build: (x: Node, labels: Node) => Node,
  expected: (x: RefTensor, labels: RefTensor) => RefTensor,
  derivative: OpCase["derivative"],
) =>
  logits.map((shape): OpCase => ({
    op: name,
    build: (x, labels) => build(x!, labels!),
    reference: (x, labels) => expected(x!, labels!),
    derivative,
    inputs: [f32(shape), i32(shape.slice(0, -1), 0, shape.at(-1)!)],
    terms: shape.at(-1)!,
  }));

/** Cases of the ops that networks are made of. */
export const networkCases: readonly OpCase[] = [
  ...products,
  ...viewedProducts,
  ...alongAxis("softmax", op.softmax, reference.softmax),
  ...alongAxis("maskedSoftmax", op.maskedSoftmax, reference.softmax),
  ...alongAxis("logSoftmax", op.logSoftmax, reference.logSoftmax),
  ...labelled("pick", op.pick, reference.pick, "linear"),
  ...labelled("negativeLogLikelihood", op.negativeLogLikelihood, (x, labels) => {
    const { shape, data } = reference.pick(x, labels);
    return { shape, data: data.map((value) => -value) };
  }, "linear"),
  ...labelled("crossEntropy", op.crossEntropy, reference.crossEntropy, "smooth"),
  ...labelled(
    "crossEntropy",
    (x, labels) => op.crossEntropy(x, labels, { labelSmoothing: 0.3 }),
    (x, labels) => reference.smoothedCrossEntropy(x, labels, 0.3),
    "smooth",
  ),
];

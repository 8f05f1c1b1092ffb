import * as op from "../../graph/mod.ts";
import type { Node, Shape } from "../../graph/mod.ts";
import { signed } from "../reference/integers.ts";
import * as reference from "../reference/reduce.ts";
import { f32, i32, type OpCase, type Sample, u32 } from "./op_case.ts";

type Axes = readonly number[];

/** Shapes and the axes that are reduced: inner, outer, middle, all, of size 0 and 1, long. */
export const reduced: readonly (readonly [Shape, Axes])[] = [
  [[5], [0]],
  [[1], [0]],
  [[2, 3], [0]],
  [[2, 3], [1]],
  [[2, 3], [0, 1]],
  [[3, 1], [1]],
  [[3, 1], [0]],
  [[2, 3, 4], [1]],
  [[2, 3, 4], [0, 2]],
  [[2, 5, 3, 2], [1, 3]],
  [[3, 0], [0]],
  [[17, 33], [1]],
  [[33, 17], [0]],
  [[70, 3, 5], [0]],
];
const empty: readonly (readonly [Shape, Axes])[] = [[[0], [0]], [[0, 3], [0]], [[2, 0, 3], [1, 2]]];
const long: readonly (readonly [Shape, Axes])[] = [
  [[4096], [0]],
  [[3, 4096], [1]],
  [[4096, 3], [0]],
  [[64, 64, 2], [0, 1]],
];

interface Reduction {
  readonly name: string;
  readonly build: (x: Node, axes: Axes) => Node;
  readonly summarise: (elements: number[]) => number;
  readonly derivative: OpCase["derivative"];
  readonly sample: (shape: Shape) => Sample;
  readonly over?: readonly (readonly [Shape, Axes])[];
}

function cases(
  { name, build, summarise, derivative, sample, over = [...reduced, ...empty, ...long] }: Reduction,
): OpCase[] {
  return over.map(([shape, axes]) => ({
    op: name,
    build: (x) => build(x!, axes),
    reference: (x) => reference.rows(x!, axes, summarise),
    // The empty maximum is infinite: differences of it are not numbers.
    derivative: derivative === "smooth" && shape.includes(0) ? "none" : derivative,
    inputs: [sample(shape)],
    terms: op.elementCount(axes.map((axis) => shape[axis]!)),
  }));
}

const plain = (shape: Shape) => f32(shape);
const distinct = (shape: Shape) => f32(shape, { distinct: true, low: -1 });
const aroundOne = (shape: Shape) => f32(shape, { low: 0.8, high: 1.2 });
const axisOnly = [...reduced, ...long].filter(([, axes]) => axes.length === 1);
/** An empty position of an empty axis has no largest element. */
const argmaxOver = axisOnly.filter(([shape, [axis]]) => shape[axis!]! > 0);

const floats = [
  cases({
    name: "reduceSum",
    build: op.reduceSum,
    summarise: reference.sum,
    derivative: "linear",
    sample: plain,
  }),
  cases({
    name: "mean",
    build: op.mean,
    summarise: reference.mean,
    derivative: "linear",
    sample: plain,
    over: [...reduced, ...long],
  }),
  cases({
    name: "variance",
    build: op.variance,
    summarise: (row) => {
      const mean = reference.mean(row);
      return reference.mean(row.map((x) => (x - mean) ** 2));
    },
    derivative: "smooth",
    sample: plain,
    over: [...reduced, ...long],
  }),
  cases({
    name: "reduceMax",
    build: op.reduceMax,
    summarise: reference.max,
    derivative: "smooth",
    sample: distinct,
  }),
  cases({
    name: "reduceMin",
    build: op.reduceMin,
    summarise: reference.min,
    derivative: "smooth",
    sample: distinct,
  }),
  cases({
    name: "reduceProd",
    build: op.reduceProd,
    summarise: reference.prod,
    derivative: "smooth",
    sample: aroundOne,
    over: [...reduced, ...empty],
  }),
  cases({
    name: "logSumExp",
    build: op.logSumExp,
    summarise: reference.logSumExp,
    derivative: "smooth",
    sample: plain,
    over: [...reduced, ...long],
  }),
  cases({
    name: "argmax",
    build: (x, [axis]) => op.argmax(x, axis!),
    summarise: reference.argmax,
    derivative: "none",
    sample: distinct,
    over: argmaxOver,
  }),
  cases({
    name: "argmin",
    build: (x, [axis]) => op.argmin(x, axis!),
    summarise: reference.argmin,
    derivative: "none",
    sample: distinct,
    over: argmaxOver,
  }),
].flat();

const anySigned = (shape: Shape) => i32(shape, -(2 ** 31), 2 ** 31);
const total = (fn: (a: bigint, b: bigint) => bigint, start: bigint) => (values: number[]) =>
  signed((a) => a)(Number(BigInt.asIntN(32, values.map(BigInt).reduce(fn, start))));

const integers = [
  cases({
    name: "reduceSum",
    build: op.reduceSum,
    summarise: total((a, b) => a + b, 0n),
    derivative: "none",
    sample: anySigned,
  }),
  cases({
    name: "reduceProd",
    build: op.reduceProd,
    summarise: total((a, b) => a * b, 1n),
    derivative: "none",
    sample: anySigned,
    over: reduced,
  }),
  cases({
    name: "reduceMax",
    build: op.reduceMax,
    summarise: reference.max,
    derivative: "none",
    sample: anySigned,
    over: [...reduced, ...long],
  }),
  cases({
    name: "reduceMin",
    build: op.reduceMin,
    summarise: reference.min,
    derivative: "none",
    sample: (shape) => u32(shape),
    over: [...reduced, ...long],
  }),
].flat();

/** Cases of reductions. */
export const reductionCases: readonly OpCase[] = [...floats, ...integers];

import * as op from "../../graph/mod.ts";
import type { Node, Shape } from "../../graph/mod.ts";
import { erf } from "../reference/erf.ts";
import { zip } from "../reference/tensor.ts";
import { bool, f32, type OpCase, type Sample, values } from "./op_case.ts";

/** Scalars, empty and single elements, odd sizes, several axes, more than one work group. */
export const shapes: readonly Shape[] = [
  [],
  [0],
  [1],
  [5],
  [2, 3],
  [2, 0, 3],
  [3, 1, 5],
  [1, 1, 1],
  [7, 11],
  [1027],
];

interface Unary {
  readonly derivative?: OpCase["derivative"];
  readonly range?: Partial<Sample>;
  /** One more case with these elements. */
  readonly edges?: readonly number[];
}

function unary(
  name: string,
  build: (x: Node) => Node,
  fn: (x: number) => number,
  { derivative = "smooth", range = {}, edges }: Unary = {},
): OpCase[] {
  const reference = zip(fn);
  const cases = shapes.map((shape): OpCase => ({
    op: name,
    build,
    reference,
    derivative,
    inputs: [f32(shape, range)],
  }));
  if (!edges) return cases;
  return [...cases, { op: name, build, reference, derivative: "none", inputs: [values(...edges)] }];
}

const positive = { low: 0.2, high: 4 };
const awayFromZero = { away: [0] };
const inside = { low: -0.95, high: 0.95 };

/** The nearest integer by its definition: of two at the same distance, the even one. */
function nearestEven(x: number): number {
  const [low, high] = [Math.floor(x), Math.ceil(x)];
  if (x - low === high - x) return low % 2 === 0 ? low : high;
  return x - low < high - x ? low : high;
}

const unaryCases = [
  unary("neg", op.neg, (x) => -x, { derivative: "linear" }),
  unary("abs", op.abs, Math.abs, { range: awayFromZero, edges: [-0, 0, -3, 2] }),
  unary("sign", op.sign, Math.sign, { range: awayFromZero, edges: [-0.5, 0, 7] }),
  unary("square", op.square, (x) => x * x),
  unary("sqrt", op.sqrt, Math.sqrt, { range: positive, edges: [0, 1, 4, -1, 1e30] }),
  unary("exp", op.exp, Math.exp, { edges: [-100, -87, 0, 1, 80] }),
  unary("log", op.log, Math.log, { range: positive, edges: [0, 1, 1e-30, 1e30] }),
  unary("sin", op.sin, Math.sin, { edges: [0, 3, -3, 6, 20] }),
  unary("cos", op.cos, Math.cos, { edges: [0, 3, -3, 6, 20] }),
  unary("tanh", op.tanh, Math.tanh, { edges: [-100, -10, -1e-4, 0, 1e-4, 10, 100] }),
  unary("erf", op.erf, erf, { edges: [-10, -3, -1e-4, 0, 1e-4, 3, 10] }),
  unary("floor", op.floor, Math.floor, {
    range: { away: [-2, -1, 0, 1, 2] },
    edges: [-1.5, -1, -0.5, 0.5, 1, 1.5, 1e9],
  }),
  unary("ceil", op.ceil, Math.ceil, {
    range: { away: [-2, -1, 0, 1, 2] },
    edges: [-1.5, -1, 0.5, 1, 1.5, 1e9],
  }),
  unary("round", op.round, nearestEven, {
    range: { away: [-1.5, -0.5, 0.5, 1.5] },
    edges: [-2.5, -1.5, -0.5, -0.3, 0.5, 1.5, 2.5, 3.49, 1e9, 8388607.5],
  }),
  unary("rsqrt", op.rsqrt, (x) => 1 / Math.sqrt(x), { range: positive, edges: [0.25, 4, 1e-30] }),
  unary("log1p", op.log1p, Math.log1p, {
    range: { low: -0.9, high: 3 },
    edges: [-1, -0.99, -0.29, -1e-7, 1e-20, 1e-7, 0.41, 0.42, 1e30],
  }),
  unary("expm1", op.expm1, Math.expm1, {
    edges: [-100, -0.35, -0.34, -1e-7, 1e-20, 1e-7, 0.34, 0.35, 80],
  }),
  unary("tan", op.tan, Math.tan, { range: { low: -1.4, high: 1.4 }, edges: [0, 3, -3, 6, 20] }),
  unary("asin", op.asin, Math.asin, { range: inside, edges: [-1, -0.999, -1e-7, 0, 0.5, 1] }),
  unary("acos", op.acos, Math.acos, { range: inside, edges: [-1, -0.999, -1e-7, 0, 0.5, 1] }),
  unary("atan", op.atan, Math.atan, { edges: [-1e30, -1, -1e-7, 0, 0.4, 2.5, 1e30] }),
  unary("sigmoid", op.sigmoid, (x) => 1 / (1 + Math.exp(-x)), { edges: [-80, -20, 0, 20, 200] }),
  unary("relu", op.relu, (x) => x < 0 ? 0 : x, { range: awayFromZero, edges: [-1, 0, 2] }),
  unary("gelu", op.gelu, (x) => x / 2 * (1 + erf(x / Math.SQRT2)), { edges: [-3, 0, 3, 50] }),
  unary("leakyRelu", (x) => op.leakyRelu(x, 0.1), (x) => x > 0 ? x : 0.1 * x, {
    range: awayFromZero,
    edges: [-2, 0, 2],
  }),
  unary("clamp", (x) => op.clamp(x, -0.5, 1.25), (x) => Math.min(Math.max(x, -0.5), 1.25), {
    range: { away: [-0.5, 1.25] },
    edges: [-0.5, 1.25, -0.6, 1.3, 0],
  }),
  unary("stopGradient", op.stopGradient, (x) => x, { derivative: "none" }),
  unary("perRank", op.perRank, (x) => x),
  unary("allReduceSum", op.allReduceSum, (x) => x),
].flat();

interface Binary {
  readonly derivative?: OpCase["derivative"];
  readonly first?: Partial<Sample>;
  readonly second?: Partial<Sample>;
}

function binary(
  name: string,
  build: (a: Node, b: Node) => Node,
  fn: (a: number, b: number) => number,
  { derivative = "smooth", first, second }: Binary = {},
): OpCase[] {
  return shapes.map((shape) => ({
    op: name,
    build,
    reference: zip(fn),
    derivative,
    inputs: [f32(shape, first), f32(shape, second)],
  }));
}

/** Grids that are half a step apart: the two inputs never tie. */
const noTies: Binary = {
  first: { distinct: true, low: -0.01 },
  second: { distinct: true, low: -0.0105 },
};
const comparison: Binary = { ...noTies, derivative: "none" };
const number = (fn: (a: number, b: number) => boolean) => (a: number, b: number) =>
  Number(fn(a, b));

const binaryCases = [
  binary("add", op.add, (a, b) => a + b, { derivative: "linear" }),
  binary("sub", op.sub, (a, b) => a - b, { derivative: "linear" }),
  binary("mul", op.mul, (a, b) => a * b),
  binary("div", op.div, (a, b) => a / b, { second: { low: 0.5 } }),
  binary("maximum", op.maximum, Math.max, noTies),
  binary("minimum", op.minimum, Math.min, noTies),
  binary("atan2", op.atan2, Math.atan2, { first: awayFromZero, second: awayFromZero }),
  binary("pow", op.pow, Math.pow, { first: positive }),
  binary("less", op.less, number((a, b) => a < b), comparison),
  binary("lessEqual", op.lessEqual, number((a, b) => a <= b), comparison),
  binary("greater", op.greater, number((a, b) => a > b), comparison),
  binary("greaterEqual", op.greaterEqual, number((a, b) => a >= b), comparison),
  binary("squaredError", op.squaredError, (a, b) => (a - b) ** 2),
  binary("applyUpdate", op.applyUpdate, (a, b) => a + b, { derivative: "none" }),
].flat();

const gradientCases = shapes.map((shape): OpCase => ({
  op: "gradient",
  build: (g, parameter, loss) => op.gradient(g!, parameter!, loss!),
  reference: (g) => g!,
  derivative: "linear",
  inputs: [f32(shape), f32(shape), f32([])],
}));

const selectCases = shapes.map((shape): OpCase => ({
  op: "select",
  build: (condition, a, b) => op.select(condition!, a!, b!),
  reference: zip((condition, a, b) => condition ? a! : b!),
  derivative: "linear",
  inputs: [bool(shape), f32(shape), f32(shape)],
}));

/** Cases of f32 elementwise ops. */
export const elementwiseCases: readonly OpCase[] = [
  ...unaryCases,
  ...binaryCases,
  ...gradientCases,
  ...selectCases,
];

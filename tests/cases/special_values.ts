// What docs/nan-and-infinity.md promises, written out in plain numbers.
import * as op from "../../graph/mod.ts";
import type { Node } from "../../graph/mod.ts";
import { erf } from "../reference/erf.ts";

const inf = Number.POSITIVE_INFINITY;

/** The numbers that arithmetic goes wrong with, and some that it does not. */
export const specials: readonly number[] = [
  NaN,
  inf,
  -inf,
  -0,
  0,
  1e-40,
  -1e-40,
  1,
  -1,
  0.5,
  -2.5,
  3,
  3e38,
  -3e38,
].map(Math.fround);

/** An elementwise function: value and slopes for the cotangent 1. */
export interface SpecialMap {
  readonly op: string;
  readonly arity: 1 | 2;
  readonly build: (...x: Node[]) => Node;
  readonly value: (a: number, b: number) => number;
  /** The slope along each input; none if no gradient passes. */
  readonly slopes: readonly ((a: number, b: number) => number)[];
  /** Pairs or elements about which WebGPU promises nothing. */
  readonly cpuOnly?: (a: number, b: number) => boolean;
}

type Fn = (a: number, b: number) => number;

function map(
  op: string,
  build: (x: Node) => Node,
  value: (x: number) => number,
  slope?: (x: number) => number,
  options: Pick<SpecialMap, "cpuOnly"> = {},
): SpecialMap {
  return { op, arity: 1, build: (x) => build(x!), value, slopes: slope ? [slope] : [], ...options };
}

function pairs(
  op: string,
  build: (a: Node, b: Node) => Node,
  value: Fn,
  slopes: readonly Fn[] = [],
  options: Pick<SpecialMap, "cpuOnly"> = {},
): SpecialMap {
  return { op, arity: 2, build: (a, b) => build(a!, b!), value, slopes, ...options };
}

const tiny = (x: number) => x !== 0 && Math.abs(x) < 2 ** -126;
/** A sum of infinities, or a product of one with 0: WGSL lets a compiler assume neither. */
const undecided = (a: number, b: number) => !Number.isFinite(a) || !Number.isFinite(b);
const bell = (x: number) => 2 / Math.sqrt(Math.PI) * Math.exp(-x * x);
const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const normal = (x: number) => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
const gaussian = (x: number) => Math.abs(x) > 9 ? Number(x > 0) : (1 + erf(x / Math.SQRT2)) / 2;
/** C's pow, which ECMAScript's is not. */
function pow(a: number, b: number): number {
  if (a === 1) return 1;
  return a === -1 && Math.abs(b) === inf ? 1 : a ** b;
}

const truncated = (low: number, high: number) => (x: number) =>
  Number.isNaN(x) ? 0 : Math.trunc(Math.min(Math.max(x, low), high)) + 0;

/** Of the halves among the special numbers, 0.5 becomes 0 and −2.5 becomes −2. */
const roundHalf = (x: number) => x === 0.5 ? 0 : x === -2.5 ? -2 : Math.round(x);

const unaries: readonly SpecialMap[] = [
  map("neg", op.neg, (x) => -x, () => -1),
  map("abs", op.abs, Math.abs, (x) => x > 0 ? 1 : x < 0 ? -1 : 0),
  map("sign", op.sign, (x) => x > 0 ? 1 : x < 0 ? -1 : 0, () => 0),
  map("square", op.square, (x) => x * x, (x) => 2 * x),
  map("sqrt", op.sqrt, Math.sqrt, (x) => 0.5 / Math.fround(Math.sqrt(x))),
  map("exp", op.exp, Math.exp, Math.exp),
  map("log", op.log, Math.log, (x) => 1 / x),
  map("sin", op.sin, Math.sin, Math.cos),
  map("cos", op.cos, Math.cos, (x) => -Math.sin(x)),
  map("tanh", op.tanh, Math.tanh, (x) => 1 - Math.tanh(x) ** 2),
  map("erf", op.erf, erf, bell),
  map("floor", op.floor, Math.floor, () => 0),
  map("ceil", op.ceil, Math.ceil, () => 0),
  map("round", op.round, (x) => Number.isInteger(x) ? x : roundHalf(x), () => 0),
  map(
    "rsqrt",
    op.rsqrt,
    (x) => 1 / Math.sqrt(x),
    (x) => -0.5 * Math.fround(1 / Math.sqrt(x)) / x,
    { cpuOnly: (x) => x <= 0 || x > 1e37 },
  ),
  map("log1p", op.log1p, Math.log1p, (x) => 1 / Math.fround(x + 1), { cpuOnly: (x) => x === -1 }),
  map("expm1", op.expm1, Math.expm1, Math.exp),
  map("tan", op.tan, Math.tan, (x) => 1 + Math.tan(x) ** 2, {
    cpuOnly: (x) => !Number.isFinite(x) || Math.abs(x) > 1e30,
  }),
  map("asin", op.asin, Math.asin, (x) => 1 / Math.sqrt(1 - x * x), {
    cpuOnly: (x) => !(Math.abs(x) < 1),
  }),
  map("acos", op.acos, Math.acos, (x) => -1 / Math.sqrt(1 - x * x), {
    cpuOnly: (x) => !(Math.abs(x) < 1),
  }),
  map("atan", op.atan, Math.atan, (x) => 1 / Math.fround(1 + Math.fround(x * x)), {
    cpuOnly: (x) => Math.abs(x) > 1e18,
  }),
  map("sigmoid", op.sigmoid, logistic, (x) => logistic(x) * (1 - logistic(x))),
  map("relu", op.relu, (x) => x <= 0 ? 0 : x, (x) => x <= 0 ? 0 : 1),
  map("leakyRelu", (x) => op.leakyRelu(x, 0.5), (x) => x > 0 ? x : x / 2, (x) => x > 0 ? 1 : 0.5),
  map("gelu", op.gelu, (x) => x * gaussian(x), (x) => gaussian(x) + x * normal(x), {
    cpuOnly: (x) => !Number.isFinite(x) || Math.abs(x) > 1e30,
  }),
  map(
    "clamp",
    (x) => op.clamp(x, -1, 3),
    (x) => Math.min(Math.max(x, -1), 3),
    (x) => x >= -1 && x <= 3 ? 1 : 0,
  ),
  map("stopGradient", op.stopGradient, (x) => x, () => 0),
  map("perRank", op.perRank, (x) => x, () => 1),
  map("allReduceSum", op.allReduceSum, (x) => x, () => 1),
  map("isFinite", op.isFinite, (x) => Number(Number.isFinite(x))),
  map("isNaN", op.isNaN, (x) => Number(Number.isNaN(x))),
  map("cast", (x) => op.cast(x, "i32"), truncated(-(2 ** 31), 2 ** 31 - 1)),
  map("cast", (x) => op.cast(x, "u32"), truncated(0, 2 ** 32 - 1)),
  map("cast", (x) => op.cast(x, "bool"), (x) => Number(x !== 0)),
];

const square: Fn = (y, x) => Math.fround(Math.fround(x * x) + Math.fround(y * y));
const half = (wins: Fn, loses: Fn): Fn => (a, b) =>
  wins(a, b) ? 1 : loses(a, b) ? 0 : a === b ? 0.5 : 1;
const over: Fn = (a, b) => Number(a > b);
const under: Fn = (a, b) => Number(a < b);
const test = (compare: (a: number, b: number) => boolean): Fn => (a, b) => Number(compare(a, b));

const binaries: readonly SpecialMap[] = [
  pairs("add", op.add, (a, b) => a + b, [() => 1, () => 1], { cpuOnly: undecided }),
  pairs("sub", op.sub, (a, b) => a - b, [() => 1, () => -1], { cpuOnly: undecided }),
  pairs("mul", op.mul, (a, b) => a * b, [(_, b) => b, (a) => a], { cpuOnly: undecided }),
  pairs("div", op.div, (a, b) => a / b, [
    (_, b) => 1 / b,
    (a, b) => -(Math.fround(a / b) / b),
  ], { cpuOnly: (a, b) => undecided(a, b) || b === 0 || Math.abs(b) > 1e37 }),
  pairs("maximum", op.maximum, Math.max, [half(over, under), half(under, over)]),
  pairs("minimum", op.minimum, Math.min, [half(under, over), half(over, under)]),
  pairs("less", op.less, under),
  pairs("lessEqual", op.lessEqual, test((a, b) => a <= b)),
  pairs("greater", op.greater, over),
  pairs("greaterEqual", op.greaterEqual, test((a, b) => a >= b)),
  pairs("equal", op.equal, test((a, b) => a === b)),
  pairs("notEqual", op.notEqual, test((a, b) => a !== b)),
  pairs("select", (a, b) => op.select(op.less(a, b), a, b), (a, b) => a < b ? a : b, [
    under,
    (a, b) => a < b ? 0 : 1,
  ]),
  pairs("atan2", op.atan2, Math.atan2, [
    (y, x) => Math.fround(1 / square(y, x)) * x,
    (y, x) => -(Math.fround(1 / square(y, x)) * y),
  ], { cpuOnly: (y, x) => !(Math.hypot(y, x) < 1e18) || y === 0 || x === 0 }),
  pairs("pow", op.pow, pow, [
    (a, b) => b === 0 ? 0 : b * Math.fround(pow(a, Math.fround(b - 1))),
    (a, b) => a === 0 && b >= 0 ? 0 : Math.fround(pow(a, b)) * Math.log(a),
  ], {
    cpuOnly: (a, b) =>
      undecided(a, b) || a === 0 || Math.abs(b) > 9 || tiny(Math.fround(pow(a, b))),
  }),
];

/** Elementwise functions of one and two numbers. */
export const specialMaps: readonly SpecialMap[] = [...unaries, ...binaries];

/** Is the element one that WebGPU may treat otherwise? */
export function isPromised({ cpuOnly }: SpecialMap, a: number, b: number): boolean {
  return !tiny(a) && !tiny(b) && !cpuOnly?.(a, b);
}

/** A function of a row: the value, and the slope at each element for the cotangent 1. */
export interface SpecialRow {
  readonly op: string;
  readonly build: (x: Node) => Node;
  readonly value: (row: readonly number[]) => number;
  readonly slopes?: (row: readonly number[]) => number[];
}

const sum = (row: readonly number[]) => row.reduce((a, b) => a + b, 0);
const largest = (row: readonly number[]) => row.reduce((a, b) => Math.max(a, b), -inf);
const smallest = (row: readonly number[]) => row.reduce((a, b) => Math.min(a, b), inf);

function sharedBy(extreme: (row: readonly number[]) => number) {
  return (row: readonly number[]) => {
    const value = extreme(row);
    const isHit = (x: number) => Number.isNaN(value) ? Number.isNaN(x) : x === value;
    return row.map((x) => isHit(x) ? 1 / row.filter(isHit).length : 0);
  };
}

function firstLargest(row: readonly number[]): number {
  const firstNaN = row.findIndex(Number.isNaN);
  return firstNaN >= 0 ? firstNaN : row.indexOf(largest(row));
}

const exclusive = (row: readonly number[]) =>
  row.map((_, i) => row.reduce((product, x, j) => i === j ? product : Math.fround(product * x), 1));

/** Max pooling of one window of the whole row, and global average pooling. */
const asImage = (x: Node) => op.reshape(x, [1, 1, 1, x.type.shape[0]!]);
const pooled = (pool: typeof op.maxPool2d) => (x: Node) =>
  op.reshape(pool(asImage(x), { size: [1, x.type.shape[0]!] }), []);

/** Functions of rows. */
export const specialRows: readonly SpecialRow[] = [
  {
    op: "reduceSum",
    build: (x) => op.reduceSum(x, [0]),
    value: sum,
    slopes: (r) => r.map(() => 1),
  },
  {
    op: "mean",
    build: (x) => op.mean(x, [0]),
    value: (row) => sum(row) / row.length,
    slopes: (row) => row.map(() => 1 / row.length),
  },
  {
    op: "avgPool2d",
    build: pooled(op.avgPool2d),
    value: (row) => sum(row) / row.length,
    slopes: (row) => row.map(() => 1 / row.length),
  },
  {
    op: "reduceMax",
    build: (x) => op.reduceMax(x, [0]),
    value: largest,
    slopes: sharedBy(largest),
  },
  {
    op: "reduceMin",
    build: (x) => op.reduceMin(x, [0]),
    value: smallest,
    slopes: sharedBy(smallest),
  },
  {
    op: "reduceProd",
    build: (x) => op.reduceProd(x, [0]),
    value: (row) => row.reduce((a, b) => Math.fround(a * b), 1),
    slopes: exclusive,
  },
  { op: "argmax", build: (x) => op.argmax(x, 0), value: firstLargest },
  {
    op: "argmin",
    build: (x) => op.argmin(x, 0),
    value: (row) => firstLargest(row.map((x) => -x)),
  },
  {
    op: "maxPool2d",
    build: pooled(op.maxPool2d),
    value: largest,
    slopes: (row) => row.map((_, i) => i === firstLargest(row) ? 1 : 0),
  },
  {
    op: "logSumExp",
    build: (x) => op.logSumExp(x, [0]),
    value: (row) => {
      const max = largest(row);
      return Number.isFinite(max) ? max + Math.log(sum(row.map((x) => Math.exp(x - max)))) : max;
    },
  },
  {
    op: "softmax",
    build: (x) => op.reshape(op.slice(op.softmax(x, 0), [0], [1]), []),
    value: (row) =>
      Math.exp(row[0]! - largest(row)) / sum(row.map((x) => Math.exp(x - largest(row)))),
  },
  {
    op: "maskedSoftmax",
    build: (x) => op.reshape(op.slice(op.maskedSoftmax(x, 0), [0], [1]), []),
    value: (row) => {
      const max = largest(row);
      const powers = row.map((x) => Math.exp(x - (Number.isFinite(max) ? max : 0)));
      const total = sum(powers);
      return powers[0]! / (total === 0 ? 1 : total);
    },
  },
  {
    op: "logSoftmax",
    build: (x) => op.reshape(op.slice(op.logSoftmax(x, 0), [0], [1]), []),
    value: (row) =>
      row[0]! - largest(row) - Math.log(sum(row.map((x) => Math.exp(x - largest(row))))),
  },
];

/** Rows with NaN and infinities at different places among numbers. */
export function specialRowsOf(size: number): number[][] {
  const plain = Array.from({ length: size }, (_, i) => ((i * 7) % 5) / 4 - 0.5);
  const at = (place: number, value: number) => plain.with(place, value);
  const last = size - 1;
  return [
    plain,
    at(0, NaN),
    at(last, NaN),
    at(last >> 1, NaN).with(last, NaN),
    at(0, inf),
    at(last, -inf),
    plain.map(() => -inf),
    plain.map(() => NaN),
    plain.map((_, i) => i === last ? 0.5 : -inf),
    plain.map((_, i) => i === last ? -3 : 0),
    at(last, NaN).with(0, inf),
  ];
}

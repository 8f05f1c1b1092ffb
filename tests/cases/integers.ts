import * as op from "../../graph/mod.ts";
import type { DType, Node } from "../../graph/mod.ts";
import { signed, unsigned } from "../reference/integers.ts";
import { zip } from "../reference/tensor.ts";
import { shapes } from "./elementwise.ts";
import { bool, f32, i32, type OpCase, type Sample, u32 } from "./op_case.ts";

type Numbers = (a: number, b: number) => number;

function cases(
  name: string,
  build: (...inputs: Node[]) => Node,
  fn: (...inputs: number[]) => number,
  samples: (shape: op.Shape) => Sample[],
): OpCase[] {
  return shapes.map((shape) => ({
    op: name,
    build,
    reference: zip(fn),
    derivative: "none",
    inputs: samples(shape),
  }));
}

const LOW = -(2 ** 31);
const HIGH = 2 ** 31;
const bigSigned = (shape: op.Shape) => [i32(shape, LOW, HIGH), i32(shape, LOW, HIGH)];
const bigUnsigned = (shape: op.Shape) => [u32(shape), u32(shape)];
const signedDivision = (shape: op.Shape) => [i32(shape, -100, 100), i32(shape, 1, 9)];
const unsignedDivision = (shape: op.Shape) => [u32(shape), u32(shape, 1, 9)];
const signedShift = (shape: op.Shape) => [i32(shape, LOW, HIGH), i32(shape, 0, 32)];
const unsignedShift = (shape: op.Shape) => [u32(shape), u32(shape, 0, 32)];

type Pair = (a: Node, b: Node) => Node;
const pair = (build: Pair) => (...inputs: Node[]) => build(inputs[0]!, inputs[1]!);

/** One op on both integer types, by a function of big integers. */
function both(
  name: string,
  build: Pair,
  fn: (a: bigint, b: bigint) => bigint,
  [ofSigned, ofUnsigned] = [bigSigned, bigUnsigned],
): OpCase[] {
  return [
    ...cases(name, pair(build), (a, b) => signed(fn)(a!, b), ofSigned),
    ...cases(name, pair(build), (a, b) => unsigned(fn)(a!, b), ofUnsigned),
  ];
}

const arithmetic = [
  both("add", op.add, (a, b) => a + b),
  both("sub", op.sub, (a, b) => a - b),
  both("mul", op.mul, (a, b) => a * b),
  both("div", op.div, (a, b) => a / b, [signedDivision, unsignedDivision]),
  both("mod", op.mod, (a, b) => a % b, [signedDivision, unsignedDivision]),
  both("maximum", op.maximum, (a, b) => a > b ? a : b),
  both("minimum", op.minimum, (a, b) => a < b ? a : b),
  both("bitXor", op.bitXor, (a, b) => a ^ b),
  both("bitAnd", op.bitAnd, (a, b) => a & b),
  both("bitOr", op.bitOr, (a, b) => a | b),
  both("shiftLeft", op.shiftLeft, (a, b) => a << b, [signedShift, unsignedShift]),
  both("shiftRight", op.shiftRight, (a, b) => a >> b, [signedShift, unsignedShift]),
].flat();

function comparison(name: string, build: Pair, fn: Numbers): OpCase[] {
  const compute = (...[a, b]: number[]) => fn(a!, b!);
  const small = (shape: op.Shape) => [i32(shape, -3, 3), i32(shape, -3, 3)];
  return [
    ...cases(name, pair(build), compute, small),
    ...cases(name, pair(build), compute, bigUnsigned),
  ];
}

const comparisons = [
  comparison("less", op.less, (a, b) => Number(a < b)),
  comparison("lessEqual", op.lessEqual, (a, b) => Number(a <= b)),
  comparison("greater", op.greater, (a, b) => Number(a > b)),
  comparison("greaterEqual", op.greaterEqual, (a, b) => Number(a >= b)),
  comparison("equal", op.equal, (a, b) => Number(a === b)),
  comparison("notEqual", op.notEqual, (a, b) => Number(a !== b)),
].flat();

const twoBools = (shape: op.Shape) => [bool(shape), bool(shape)];
const logic = [
  cases("logicalAnd", pair(op.logicalAnd), (a, b) => a! & b!, twoBools),
  cases("logicalOr", pair(op.logicalOr), (a, b) => a! | b!, twoBools),
  cases("logicalNot", (x) => op.logicalNot(x!), (x) => 1 - x!, (shape) => [bool(shape)]),
  cases("equal", pair(op.equal), (a, b) => Number(a === b), twoBools),
  cases("notEqual", pair(op.notEqual), (a, b) => Number(a !== b), twoBools),
  cases(
    "select",
    (condition, a, b) => op.select(condition!, a!, b!),
    (condition, a, b) => condition ? a! : b!,
    (shape) => [bool(shape), i32(shape, -9, 9), i32(shape, -9, 9)],
  ),
  cases(
    "select",
    (condition, a, b) => op.select(condition!, a!, b!),
    (condition, a, b) => condition ? a! : b!,
    (shape) => [bool(shape), bool(shape), bool(shape)],
  ),
].flat();

const one = (sample: (shape: op.Shape) => Sample) => (shape: op.Shape) => [sample(shape)];
const anyBits = new DataView(new ArrayBuffer(4));

function bitsOfFloat(x: number): number {
  anyBits.setFloat32(0, x);
  return anyBits.getUint32(0);
}

function castCases(from: Sample["dtype"], to: Exclude<DType, "u8">, fn: (x: number) => number) {
  const low = from === "i32" || from === "f32" ? -1000 : 0;
  const high = from === "bool" ? 2 : from === "u8" ? 256 : 1000;
  const sample = (shape: op.Shape): Sample => ({ dtype: from, shape, low, high });
  return cases("cast", (x) => op.cast(x!, to), (x) => fn(x!), one(sample));
}

const conversions = [
  castCases("f32", "i32", Math.trunc),
  castCases("i32", "f32", (x) => x),
  castCases("u32", "f32", (x) => x),
  castCases("i32", "u32", (x) => x >>> 0),
  castCases("u32", "i32", (x) => x | 0),
  castCases("bool", "f32", (x) => x),
  castCases("bool", "i32", (x) => x),
  castCases("i32", "bool", (x) => x === 0 ? 0 : 1),
  castCases("u8", "f32", (x) => x),
  castCases("u8", "i32", (x) => x),
  cases("bitcast", (x) => op.bitcast(x!, "u32"), (x) => bitsOfFloat(x!), one(f32)),
  cases("bitcast", (x) => op.bitcast(x!, "i32"), (x) => bitsOfFloat(x!) | 0, one(f32)),
  cases(
    "bitcast",
    (x) => op.bitcast(op.bitcast(x!, "u32"), "f32"),
    (x) => x!,
    one((shape) => f32(shape)),
  ),
  cases("isFinite", (x) => op.isFinite(x!), () => 1, one(f32)),
  cases("isNaN", (x) => op.isNaN(x!), () => 0, one(f32)),
].flat();

const signedUnary = [
  cases("neg", (x) => op.neg(x!), (x) => signed((a) => -a)(x!), one((s) => i32(s, LOW, HIGH))),
  cases(
    "abs",
    (x) => op.abs(x!),
    (x) => signed((a) => a < 0n ? -a : a)(x!),
    one((s) => i32(s, LOW, HIGH)),
  ),
  cases("sign", (x) => op.sign(x!), (x) => Math.sign(x!), one((s) => i32(s, -2, 3))),
  cases(
    "square",
    (x) => op.square(x!),
    (x) => signed((a) => a * a)(x!),
    one((s) => i32(s, LOW, HIGH)),
  ),
].flat();

/** Cases of integers, booleans and conversions, all exact. */
export const integerCases: readonly OpCase[] = [
  ...arithmetic,
  ...comparisons,
  ...logic,
  ...conversions,
  ...signedUnary,
];

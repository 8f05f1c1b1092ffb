import * as op from "../../../graph/mod.ts";
import type { BinaryOp, Node, UnaryOp } from "../../../graph/mod.ts";
import { clampedTo, fit, type Kind, ofKind, tame } from "../fit.ts";
import type { Row, Rows } from "./row.ts";

type Prepare = (x: Node) => Node;

const asIs: Prepare = (x) => x;
const small: Prepare = (x) => clampedTo(x, 4);
const positive: Prepare = (x) => op.add(op.abs(x), op.fullLike(x, 0.5));

function unary(build: UnaryOp, prepare: Prepare = asIs, kind: Kind = "f32"): Row {
  return { operands: [kind], make: ([x]) => build(prepare(x!)) };
}

/** The second operand takes the type and the shape of the first. */
function binary(
  build: BinaryOp,
  kind: Kind = "number",
  { left = asIs, right = asIs }: { left?: Prepare; right?: Prepare } = {},
): Row {
  return {
    operands: [kind, "any"],
    make: ([a, b], choices) => {
      const { dtype, shape } = a!.type;
      const other = fit(ofKind(b!, dtype === "u8" ? "f32" : dtype), shape, choices);
      const result = build(left(a!), right(other));
      return result.type.dtype === "f32" ? tame(result, choices) : result;
    },
  };
}

/** Integers that nothing fails on. */
function wholes(build: BinaryOp, right: Prepare = asIs): Row {
  const row = binary(build, "number", { right });
  return {
    ...row,
    make: ([a, b], choices, name) => {
      const whole = a!.type.dtype === "f32" ? op.cast(clampedTo(a!, 1000), "i32") : a!;
      return row.make([whole, b!], choices, name);
    },
  };
}

const odd: Prepare = (x) => op.bitOr(x, op.fullLike(x, 1));
const shift: Prepare = (x) => op.bitAnd(x, op.fullLike(x, 31));
const signed = (x: Node) => x.type.dtype === "u32" ? op.cast(x, "i32") : x;

function divisor(x: Node): Node {
  return x.type.dtype === "f32" ? positive(x) : odd(x);
}

/** Arithmetic and functions, element by element. */
export const elementwiseRows: Rows = {
  add: binary(op.add),
  sub: binary(op.sub),
  mul: binary(op.mul),
  div: binary(op.div, "number", { right: divisor }),
  mod: wholes(op.mod, odd),
  maximum: binary(op.maximum),
  minimum: binary(op.minimum),
  squaredError: {
    operands: ["f32", "f32"],
    make: ([a, b], choices) => tame(op.squaredError(a!, fit(b!, a!.type.shape, choices)), choices),
  },
  neg: unary(op.neg, signed, "number"),
  abs: unary(op.abs, signed, "number"),
  sign: unary(op.sign, signed, "number"),
  square: {
    operands: ["number"],
    make: ([x], choices) => {
      const y = op.square(signed(x!));
      return y.type.dtype === "f32" ? tame(y, choices) : y;
    },
  },
  sqrt: unary(op.sqrt, op.abs),
  exp: unary(op.exp, small),
  log: unary(op.log, positive),
  sin: unary(op.sin),
  cos: unary(op.cos),
  tanh: unary(op.tanh),
  erf: unary(op.erf),
  sigmoid: unary(op.sigmoid, small),
  gelu: unary(op.gelu),
  relu: unary(op.relu),
  floor: unary(op.floor),
  ceil: unary(op.ceil),
  round: unary(op.round),
  rsqrt: unary(op.rsqrt, positive),
  log1p: unary(op.log1p, op.abs),
  expm1: unary(op.expm1, small),
  tan: unary(op.tan, (x) => clampedTo(x, 1)),
  asin: unary(op.asin, (x) => op.mul(clampedTo(x, 1), op.fullLike(x, 0.5))),
  acos: unary(op.acos, (x) => op.mul(clampedTo(x, 1), op.fullLike(x, 0.5))),
  atan: unary(op.atan),
  atan2: binary(op.atan2, "f32", { right: positive }),
  leakyRelu: {
    operands: ["f32"],
    make: ([x], choices) => op.leakyRelu(x!, choices.one([0.25, 0.1, 2, 0])),
  },
  pow: binary(op.pow, "f32", { left: positive, right: (x) => clampedTo(x, 2) }),
  clamp: {
    operands: ["number"],
    make: ([x], choices) => op.clamp(x!, choices.below(3), 3 + choices.below(3)),
  },
  isFinite: unary(op.isFinite),
  isNaN: unary(op.isNaN),
  less: binary(op.less),
  lessEqual: binary(op.lessEqual),
  greater: binary(op.greater),
  greaterEqual: binary(op.greaterEqual),
  equal: binary(op.equal, "any"),
  notEqual: binary(op.notEqual, "any"),
  logicalAnd: binary(op.logicalAnd, "bool"),
  logicalOr: binary(op.logicalOr, "bool"),
  logicalNot: unary(op.logicalNot, asIs, "bool"),
  select: {
    operands: ["bool", "any", "any"],
    weight: 2,
    make: ([condition, a, b], choices) => {
      const { dtype } = a!.type;
      const other = ofKind(b!, dtype === "u8" ? "f32" : dtype);
      const shape = choices.flag() ? a!.type.shape : condition!.type.shape;
      const [x, y, z] = [condition!, a!, other].map((part) => fit(part, shape, choices));
      return op.select(x!, y!, z!);
    },
  },
  cast: {
    operands: ["movable"],
    make: ([x], choices) => op.cast(x!, choices.one(["f32", "i32", "bool", "u32"])),
  },
  bitcast: {
    operands: ["number"],
    make: ([x], choices) => {
      const bits = op.bitcast(x!, choices.one(["i32", "u32"]));
      // Read as a float again only what was one: any bits might be NaN.
      return x!.type.dtype === "f32" && choices.flag() ? op.bitcast(bits, "f32") : bits;
    },
  },
  bitXor: wholes(op.bitXor),
  bitAnd: wholes(op.bitAnd),
  bitOr: wholes(op.bitOr),
  shiftLeft: wholes(op.shiftLeft, shift),
  shiftRight: wholes(op.shiftRight, shift),
  stopGradient: { operands: ["f32"], make: ([x]) => op.stopGradient(x!) },
  perRank: { operands: ["f32"], make: ([x]) => op.perRank(x!) },
  allReduceSum: { operands: ["f32"], make: ([x]) => op.allReduceSum(x!) },
};

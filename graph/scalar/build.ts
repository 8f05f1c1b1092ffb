import { type Const, makeApply, rangeOf, type Scalar } from "./scalar.ts";
import {
  type BinaryFunctions,
  binaryFunctions,
  type BinaryName,
  type ScalarType,
  type UnaryFunctions,
  unaryFunctions,
  type UnaryName,
} from "./functions.ts";
import { divideExactly, foldConstants, joinDigits, splitMultiple, splitPart } from "./_simplify.ts";

function constant(value: number, type: ScalarType = "f32"): Const {
  return { op: "const", type, value };
}

function isConst(scalar: Scalar, value: number): boolean {
  return scalar.op === "const" && scalar.value === value;
}

/** Builds a function of one scalar. */
export type UnaryBuilder = (x: Scalar) => Scalar;
/** Builds a function of two scalars. */
export type BinaryBuilder = (a: Scalar, b: Scalar) => Scalar;

function unary(op: UnaryName): UnaryBuilder {
  const { result } = unaryFunctions[op];
  return (x) => makeApply(op, result ?? x.type, [x]);
}

function binary(op: BinaryName): BinaryBuilder {
  const { result } = binaryFunctions[op];
  return (a, b) => foldConstants(op, a, b) ?? makeApply(op, result ?? a.type, [a, b]);
}

/** The builders of functions that are simplified in no other way than by folding literals. */
const unaries = Object.fromEntries(
  Object.keys(unaryFunctions).map((op) => [op, unary(op as UnaryName)]),
) as unknown as UnaryFunctions<UnaryBuilder>;
const binaries = Object.fromEntries(
  Object.keys(binaryFunctions).map((op) => [op, binary(op as BinaryName)]),
) as unknown as BinaryFunctions<BinaryBuilder>;

function compare(op: "lt" | "le" | "eq" | "ne"): BinaryBuilder {
  return (a, b) => decide(op, a, b) ?? binaries[op](a, b);
}

/** Builds `min` or `max`. Folds to one argument if the integer ranges do not overlap. */
function extreme(op: "min" | "max"): BinaryBuilder {
  const either = binaries[op];
  return (a, b) => {
    if (a.type !== "i32") return either(a, b);
    const [[aMin, aMax], [bMin, bMax]] = [rangeOf(a), rangeOf(b)];
    if (aMax <= bMin) return op === "min" ? a : b;
    if (bMax <= aMin) return op === "min" ? b : a;
    return either(a, b);
  };
}

/** Folds integer comparisons that the ranges of both sides decide. */
function decide(op: "lt" | "le" | "eq" | "ne", a: Scalar, b: Scalar): Scalar | undefined {
  if (a.type !== "i32") return undefined;
  const [aMin, aMax] = rangeOf(a);
  const [bMin, bMax] = rangeOf(b);
  const apart = aMax < bMin || bMax < aMin;
  if (op === "lt" && (aMax < bMin || aMin >= bMax)) return constant(aMax < bMin ? 1 : 0, "bool");
  if (op === "le" && (aMax <= bMin || aMin > bMax)) return constant(aMax <= bMin ? 1 : 0, "bool");
  if (op === "eq" && apart) return constant(0, "bool");
  if (op === "ne" && apart) return constant(1, "bool");
  return undefined;
}

/** Whether x + scalar is always x. For floats only −0 qualifies, because −0 + 0 = 0. */
function isNeutral(scalar: Scalar): boolean {
  if (scalar.op !== "const") return false;
  return scalar.type === "f32" ? Object.is(scalar.value, -0) : scalar.value === 0;
}

function add(a: Scalar, b: Scalar): Scalar {
  if (isNeutral(a)) return b;
  if (isNeutral(b)) return a;
  const joined = a.type === "i32" ? joinDigits(a, b, { add, mul }) : undefined;
  return joined ?? binaries.add(a, b);
}

function sub(a: Scalar, b: Scalar): Scalar {
  return a.type === "i32" && isConst(b, 0) ? a : binaries.sub(a, b);
}

function mul(a: Scalar, b: Scalar): Scalar {
  if (isConst(a, 1)) return b;
  if (isConst(b, 1)) return a;
  if (a.type === "i32" && (isConst(a, 0) || isConst(b, 0))) return constant(0, "i32");
  if (a.type === "i32" && b.op === "const" && a.op === "mul") {
    const [x, y] = a.args as readonly [Scalar, Scalar];
    // (x·c)·d = x·(cd), wrapping
    if (y.op === "const") return mul(x, constant(Math.imul(y.value, b.value), "i32"));
  }
  return binaries.mul(a, b);
}

function div(a: Scalar, b: Scalar): Scalar {
  if (isConst(b, 1)) return a;
  // defined so, and refused in WGSL as a literal; index arithmetic on empty shapes has it
  if (a.type !== "f32" && isConst(b, 0)) return a;
  const quotient = a.type === "i32" && b.op === "const" ? divideBy(a, b.value) : undefined;
  return quotient ?? binaries.div(a, b);
}

/** a / divisor in a simpler form. */
function divideBy(a: Scalar, divisor: number): Scalar | undefined {
  const [min, max] = rangeOf(a);
  if (min < 0 || divisor < 0) return undefined;
  if (max < divisor) return constant(0, "i32");
  const split = splitMultiple(a, divisor);
  if (split) {
    const exact = divideExactly(split.multiple, divisor, { add, mul });
    return add(exact, div(split.rest, constant(divisor, "i32")));
  }
  const parts = splitPart(a, divisor);
  if (!parts) return undefined;
  const { multiple, part } = parts;
  return div(divideExactly(multiple, part, { add, mul }), constant(divisor / part, "i32"));
}

function rem(a: Scalar, b: Scalar): Scalar {
  if (a.type !== "f32" && isConst(b, 0)) return constant(0, a.type);
  const rest = a.type === "i32" && b.op === "const" ? remainderBy(a, b.value) : undefined;
  return rest ?? binaries.rem(a, b);
}

/** a rem divisor in a simpler form. */
function remainderBy(a: Scalar, divisor: number): Scalar | undefined {
  if (divisor === 1) return constant(0, "i32");
  const [min, max] = rangeOf(a);
  if (min < 0 || divisor < 0) return undefined;
  if (max < divisor) return a;
  const split = splitMultiple(a, divisor);
  if (split) return rem(split.rest, constant(divisor, "i32"));
  const parts = splitPart(a, divisor);
  if (!parts) return undefined;
  const { multiple, rest, part } = parts;
  const digit = rem(
    divideExactly(multiple, part, { add, mul }),
    constant(divisor / part, "i32"),
  );
  return add(mul(digit, constant(part, "i32")), rest);
}

function and(a: Scalar, b: Scalar): Scalar {
  if (a.type === "bool") {
    if (isConst(a, 1)) return b;
    if (isConst(b, 1)) return a;
    if (isConst(a, 0) || isConst(b, 0)) return constant(0, "bool");
  }
  return binaries.and(a, b);
}

function or(a: Scalar, b: Scalar): Scalar {
  if (a.type === "bool") {
    if (isConst(a, 0)) return b;
    if (isConst(b, 0)) return a;
    if (isConst(a, 1) || isConst(b, 1)) return constant(1, "bool");
  }
  return binaries.or(a, b);
}

function select(condition: Scalar, whenTrue: Scalar, whenFalse: Scalar): Scalar {
  if (condition.op === "const") return condition.value ? whenTrue : whenFalse;
  if (whenTrue === whenFalse) return whenTrue;
  return makeApply("select", whenTrue.type, [condition, whenTrue, whenFalse]);
}

function cast(x: Scalar, type: ScalarType): Scalar {
  if (x.type === type) return x;
  if (x.op === "const" && type === "f32") return constant(x.value, type);
  return makeApply("cast", type, [x]);
}

const lt = compare("lt");
const le = compare("le");

/** Builders of scalar expressions, one for each function of the scalar language. */
export interface ScalarBuilders
  extends UnaryFunctions<UnaryBuilder>, BinaryFunctions<BinaryBuilder> {
  /** A literal. Default type: `f32`. */
  readonly const: (value: number, type?: ScalarType) => Scalar;
  /** A literal `i32`. */
  readonly int: (value: number) => Scalar;
  /** A literal `u32`. */
  readonly uint: (value: number) => Scalar;
  /** Loop axis number `axis`. An axis of size 1 becomes the literal 0. */
  readonly axis: (axis: number, size: number) => Scalar;
  /** Element `index` of `source`. */
  readonly load: (source: unknown, type: ScalarType, index: Scalar) => Scalar;
  /** Result number `result` of the kernel's reductions. */
  readonly result: (result: number, type: ScalarType) => Scalar;
  /** a > b. */
  readonly gt: BinaryBuilder;
  /** a ≥ b. */
  readonly ge: BinaryBuilder;
  /** `whenTrue` where the condition holds, `whenFalse` elsewhere. */
  readonly select: (condition: Scalar, whenTrue: Scalar, whenFalse: Scalar) => Scalar;
  /** Converts the value to another type. */
  readonly cast: (x: Scalar, type: ScalarType) => Scalar;
  /** Reinterprets the bits as another type. */
  readonly bitcast: (x: Scalar, type: ScalarType) => Scalar;
}

/**
 * Builders of scalar expressions. They fold constants and simplify integer arithmetic, so
 * that the index of a reshaped or sliced operand stays simple. Floating-point expressions are never
 * changed.
 */
export const s: ScalarBuilders = {
  ...unaries,
  ...binaries,
  const: constant,
  int: (value: number): Scalar => constant(value, "i32"),
  uint: (value: number): Scalar => constant(value >>> 0, "u32"),
  axis: (axis: number, size: number): Scalar =>
    size === 1 ? constant(0, "i32") : { op: "axis", type: "i32", axis, size },
  load: (source: unknown, type: ScalarType, index: Scalar): Scalar => ({
    op: "load",
    type,
    source,
    index,
  }),
  result: (result: number, type: ScalarType): Scalar => ({ op: "result", type, result }),
  add,
  sub,
  mul,
  div,
  rem,
  min: extreme("min"),
  max: extreme("max"),
  lt,
  le,
  gt: (a: Scalar, b: Scalar): Scalar => lt(b, a),
  ge: (a: Scalar, b: Scalar): Scalar => le(b, a),
  eq: compare("eq"),
  ne: compare("ne"),
  and,
  or,
  not: (x: Scalar): Scalar => x.op === "const" ? constant(x.value ? 0 : 1, "bool") : unaries.not(x),
  select,
  cast,
  bitcast: (x: Scalar, type: ScalarType): Scalar =>
    x.type === type ? x : makeApply("bitcast", type, [x]),
};

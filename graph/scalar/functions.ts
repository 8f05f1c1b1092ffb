/**
 * The functions of the scalar language, and what they compute. To add one, add its name to
 * `UnaryFunctions` or `BinaryFunctions` and its row to the table: the type checker then asks for
 * its row in each backend.
 */
import type { DType } from "../types.ts";

/** Types of scalars. A `u8` element becomes an `i32` when it is loaded. */
export type ScalarType = "f32" | "i32" | "u32" | "bool";

/** The scalar type of a loaded element. */
export function scalarTypeOf(dtype: DType): ScalarType {
  return dtype === "u8" ? "i32" : dtype;
}

/** A table with one row for each function of one scalar. */
export interface UnaryFunctions<Row> {
  /** Logical NOT. */
  readonly not: Row;
  /** −x. */
  readonly neg: Row;
  /** |x|. */
  readonly abs: Row;
  /** √x. */
  readonly sqrt: Row;
  /** eˣ. */
  readonly exp: Row;
  /** Natural logarithm. */
  readonly log: Row;
  /** Sine, radians. */
  readonly sin: Row;
  /** Cosine, radians. */
  readonly cos: Row;
  /** Hyperbolic tangent. */
  readonly tanh: Row;
  /** Error function. */
  readonly erf: Row;
  /** Largest integer not above x. */
  readonly floor: Row;
  /** Smallest integer not below x. */
  readonly ceil: Row;
  /** Nearest integer; halves go to the even one. */
  readonly round: Row;
  /** log(1 + x). */
  readonly log1p: Row;
  /** eˣ − 1. */
  readonly expm1: Row;
}

/**
 * A table with one row for each function of two scalars of one type. Integer overflow wraps around.
 */
export interface BinaryFunctions<Row> {
  /** a + b. */
  readonly add: Row;
  /** a − b. */
  readonly sub: Row;
  /** a · b. */
  readonly mul: Row;
  /** a / b; integer division truncates toward zero, and division by 0 gives a. */
  readonly div: Row;
  /** Remainder of the truncating division; 0 for an integer divided by 0. */
  readonly rem: Row;
  /** The smaller one. */
  readonly min: Row;
  /** The larger one. */
  readonly max: Row;
  /** aᵇ. */
  readonly pow: Row;
  /** The angle in [−π, π] of the point with ordinate a and abscissa b. */
  readonly atan2: Row;
  /** a < b. */
  readonly lt: Row;
  /** a ≤ b. */
  readonly le: Row;
  /** a = b. */
  readonly eq: Row;
  /** a ≠ b. */
  readonly ne: Row;
  /** Logical or bitwise AND. */
  readonly and: Row;
  /** Logical or bitwise OR. */
  readonly or: Row;
  /** Bitwise exclusive OR. */
  readonly xor: Row;
  /** a · 2ᵇ, discarding overflow. */
  readonly shl: Row;
  /** a / 2ᵇ; logical on u32, arithmetic on i32. */
  readonly shr: Row;
}

/** A function of one scalar. */
export type UnaryName = keyof UnaryFunctions<unknown>;
/** A function of two scalars. */
export type BinaryName = keyof BinaryFunctions<unknown>;

/** A function of numbers; booleans are 0 and 1. */
export type NumberFunction = (a: number, b: number) => number;

/** What a function computes, by the type of its first argument. */
export interface Meaning extends Readonly<Partial<Record<ScalarType, NumberFunction>>> {
  /** Type of the result. Default: that of the first argument. */
  readonly result?: ScalarType;
}

/** Wraps an exact integer to the 32 bits of its type. Other numbers stay. */
export function wrap(type: ScalarType, value: number): number {
  if (type === "i32") return value | 0;
  return type === "u32" ? value >>> 0 : value;
}

/**
 * The error function by its series with positive terms only,
 * erf x = 2/√π · e^(−x²) · Σ 2ⁿx²ⁿ⁺¹ / (1·3·…·(2n+1)), so that nothing cancels.
 */
function erf(x: number): number {
  const size = Math.abs(x);
  if (!(size < 6)) return Number.isNaN(x) ? NaN : Math.sign(x); // 1 − erf 6 < 2⁻⁵⁴
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= 2 * x * x / (2 * n + 1);
    sum += term;
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}

/** As in C and NumPy: 1ᵇ = 1 for every b, (−1)^±∞ = 1; ECMAScript says NaN. */
function pow(a: number, b: number): number {
  if (a === 1) return 1;
  return a === -1 && Math.abs(b) === Infinity ? 1 : a ** b;
}

/** The nearest integer; halves go to the even one. Keeps the sign of zero. */
function roundToEven(x: number): number {
  const below = Math.floor(x);
  const part = x - below;
  const isBelow = part < 0.5 || (part === 0.5 && below % 2 === 0);
  return (isBelow ? below : below + 1) || 0 * x;
}

/** A function of integers, whose results wrap to 32 bits. */
function integers(compute: NumberFunction): Meaning {
  return { i32: (a, b) => compute(a, b) | 0, u32: (a, b) => compute(a, b) >>> 0 };
}

function float(compute: NumberFunction): Meaning {
  return { f32: compute };
}

function numbers(compute: NumberFunction): Meaning {
  return { ...float(compute), ...integers(compute) };
}

function any(compute: NumberFunction): Meaning {
  return { f32: compute, i32: compute, u32: compute, bool: compute };
}

function bitwise(compute: NumberFunction): Meaning {
  return { ...integers(compute), bool: compute };
}

function predicate(isTrue: (a: number, b: number) => boolean): Meaning {
  return { ...any((a, b) => Number(isTrue(a, b))), result: "bool" };
}

/** What the functions of one scalar compute. */
export const unaryFunctions: UnaryFunctions<Meaning> = {
  not: predicate((x) => x === 0),
  neg: numbers((x) => -x),
  abs: numbers(Math.abs),
  sqrt: float(Math.sqrt),
  exp: float(Math.exp),
  log: float(Math.log),
  sin: float(Math.sin),
  cos: float(Math.cos),
  tanh: float(Math.tanh),
  erf: float(erf),
  floor: float(Math.floor),
  ceil: float(Math.ceil),
  round: float(roundToEven),
  log1p: float(Math.log1p),
  expm1: float(Math.expm1),
};

/** What the functions of two scalars compute. */
export const binaryFunctions: BinaryFunctions<Meaning> = {
  add: numbers((a, b) => a + b),
  sub: numbers((a, b) => a - b),
  mul: { ...float((a, b) => a * b), ...integers(Math.imul) },
  div: {
    ...float((a, b) => a / b),
    ...integers((a, b) => b === 0 ? a : Math.trunc(a / b)), // as in WGSL
  },
  rem: { ...float((a, b) => a % b), ...integers((a, b) => b === 0 ? 0 : a % b) },
  min: any(Math.min),
  max: any(Math.max),
  pow: float(pow),
  atan2: float(Math.atan2),
  lt: predicate((a, b) => a < b),
  le: predicate((a, b) => a <= b),
  eq: predicate((a, b) => a === b),
  ne: predicate((a, b) => a !== b),
  and: bitwise((a, b) => a & b),
  or: bitwise((a, b) => a | b),
  xor: bitwise((a, b) => a ^ b),
  shl: integers((a, b) => a << b),
  shr: { i32: (a, b) => a >> b, u32: (a, b) => a >>> b },
};

/** What each function computes. */
export const scalarFunctions: UnaryFunctions<Meaning> & BinaryFunctions<Meaning> = {
  ...unaryFunctions,
  ...binaryFunctions,
};

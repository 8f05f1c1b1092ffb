import type { Apply, BinaryName, Scalar, ScalarType, UnaryName } from "../scalar/mod.ts";

/** A function of numbers; booleans are 0 and 1. */
export type NumberFunction = (a: number, b: number) => number;

const bits = new DataView(new ArrayBuffer(4));

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

/** Truncates to an integer type. Values out of range are clamped, and NaN becomes 0. */
function toInteger(type: "i32" | "u32", value: number): number {
  const [min, max] = type === "i32" ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  return Number.isNaN(value) ? 0 : Math.trunc(Math.min(Math.max(value, min), max));
}

function cast(from: ScalarType, to: ScalarType): NumberFunction {
  if (to === "bool") return (x) => Number(x !== 0);
  if (to === "f32") return (x) => x;
  return from === "f32" ? (x) => toInteger(to, x) : (x) => wrap(to, x);
}

function readBits(type: ScalarType): number {
  if (type === "f32") return bits.getFloat32(0);
  return type === "i32" ? bits.getInt32(0) : bits.getUint32(0);
}

function bitcast(from: ScalarType, to: ScalarType): NumberFunction {
  return (x) => {
    if (from === "f32") bits.setFloat32(0, x);
    else bits.setUint32(0, x);
    return readBits(to);
  };
}

/** The meaning of one function, by the type of its first argument. */
type ByType = Readonly<Partial<Record<ScalarType, NumberFunction>>>;

/** A function of integers, whose results wrap to 32 bits. */
function integers(compute: NumberFunction): ByType {
  return { i32: (a, b) => compute(a, b) | 0, u32: (a, b) => compute(a, b) >>> 0 };
}

function float(compute: NumberFunction): ByType {
  return { f32: compute };
}

function numbers(compute: NumberFunction): ByType {
  return { ...float(compute), ...integers(compute) };
}

function any(compute: NumberFunction): ByType {
  return { f32: compute, i32: compute, u32: compute, bool: compute };
}

function bitwise(compute: NumberFunction): ByType {
  return { ...integers(compute), bool: compute };
}

const functions: Readonly<Record<UnaryName | BinaryName, ByType>> = {
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
  not: any((x) => x === 0 ? 1 : 0),
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
  lt: any((a, b) => Number(a < b)),
  le: any((a, b) => Number(a <= b)),
  eq: any((a, b) => Number(a === b)),
  ne: any((a, b) => Number(a !== b)),
  and: bitwise((a, b) => a & b),
  or: bitwise((a, b) => a | b),
  xor: bitwise((a, b) => a ^ b),
  shl: integers((a, b) => a << b),
  shr: { i32: (a, b) => a >> b, u32: (a, b) => a >>> b },
};

/**
 * What an application of the scalar language computes: 32-bit integers exactly, floats in
 * float64. The type of the first operand decides.
 */
export function functionOf(op: Apply["op"], type: ScalarType, operand: Scalar): NumberFunction {
  if (op === "cast") return cast(operand.type, type);
  if (op === "bitcast") return bitcast(operand.type, type);
  const found = op === "select" ? undefined : functions[op][operand.type];
  if (!found) throw new Error(`Internal: ${op} of ${operand.type} has no meaning`);
  return found;
}

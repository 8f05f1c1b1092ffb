/** Powers of four lanes, computed as e^(y·ln x) in f64. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { MathFunction, MathLibrary } from "./math_library.ts";

const SQRT_HALF_BITS = 0x3fe6a09e667f3bcdn;
const ROUNDER = 1.5 * 2 ** 52;
const SIGN = 0x80000000 | 0;
// 2·artanh(s) = ln((1 + s) / (1 − s)) = 2s·Σ s²ᵏ / (2k + 1); |s| ≤ 0.172, error < 10⁻¹³.
const ARTANH = [8, 7, 6, 5, 4, 3, 2, 1, 0].map((k) => 2 / (2 * k + 1));
// Taylor series of eʳ on |r| ≤ ln 2 / 2, error < 10⁻¹³.
const EXPONENTIAL = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((k) => 1 / factorial(k));

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

/** xʸ. */
export const pow: MathFunction = { name: "pow", arity: 2, emit: emitPow };

function emitPow(math: MathLibrary, f: FunctionBuilder, x: Local, y: Local): void {
  const [low, high] = [f.local("v128"), f.local("v128")];
  for (const half of [low, high]) emitHalf(math, f, { x, y, result: half, upper: half === high });
  f.get(low, high).shuffle32(0, 1, 4, 5).set(low);
  // 1ᵇ = 1 and a⁰ = 1, also for NaN, and (−1)^±∞ = 1, as in C.
  f.f32x4(1).get(low, x).op("f32x4.abs").f32x4(1).op("f32x4.eq", "v128.bitselect").set(low);
  emitSigns(f, { x, y, result: low });
  f.f32x4(1).get(low).get(y).f32x4(0).op("f32x4.eq", "v128.bitselect");
}

interface PowLocals {
  readonly x: Local;
  readonly y: Local;
  readonly result: Local;
}

/** Sets two lanes of `result` to |x|^y. */
function emitHalf(
  math: MathLibrary,
  f: FunctionBuilder,
  { x, y, result, upper }: PowLocals & { upper: boolean },
): void {
  const promote = (v: Local): void => {
    f.get(v);
    if (upper) f.get(v).shuffle32(2, 3, 2, 3);
    f.op("f64x2.promote_low_f32x4");
  };
  const [base, t, rounded] = [f.local("v128"), f.local("v128"), f.local("v128")];
  promote(x);
  f.op("f64x2.abs").set(base);
  emitLogarithm(math, f, base);
  promote(y);
  f.op("f64x2.mul");
  // e^100 overflows f32 and e^−110 underflows it. NaN is kept, because it compares false.
  math.f64(f, 100).op("f64x2.pmin");
  math.f64(f, -110).op("f64x2.pmax").tee(t);
  math.f64(f, Math.LOG2E).op("f64x2.mul");
  math.f64(f, ROUNDER).op("f64x2.add").set(rounded).get(t).get(rounded);
  math.f64(f, ROUNDER).op("f64x2.sub");
  math.f64(f, Math.LN2).op("f64x2.mul", "f64x2.sub").set(t);
  emitPolynomial(math, f, t, EXPONENTIAL);
  // The rounded number's low bits are n; shifted, they are the exponent of 2ⁿ.
  f.get(rounded).i64(1023n).op("i64x2.splat", "i64x2.add").i32(52).op("i64x2.shl");
  f.op("f64x2.mul", "f32x4.demote_f64x2_zero").set(result);
}

/** Pushes ln of `base` ≥ 0: base = 2ᵉ·m, s = (m − 1) / (m + 1), ln m = 2·artanh s. */
function emitLogarithm(math: MathLibrary, f: FunctionBuilder, base: Local): void {
  const [exponent, m, s, square] = [0, 1, 2, 3].map(() => f.local("v128")) as [
    Local,
    Local,
    Local,
    Local,
  ];
  f.get(base).i64(SQRT_HALF_BITS).op("i64x2.splat", "i64x2.sub").i32(52).op("i64x2.shr_s");
  f.set(exponent);
  f.get(base, exponent).i32(52).op("i64x2.shl", "i64x2.sub").set(m);
  math.f64(f.get(m), 1).op("f64x2.sub");
  math.f64(f.get(m), 1).op("f64x2.add", "f64x2.div").tee(s).get(s).op("f64x2.mul").set(square);
  emitPolynomial(math, f, square, ARTANH);
  f.get(s).op("f64x2.mul").get(exponent, exponent).shuffle32(0, 2, 0, 2);
  f.op("f64x2.convert_low_i32x4_s");
  math.f64(f, Math.LN2).op("f64x2.mul", "f64x2.add");
  // ln 0 = −∞; ∞ and NaN are unchanged.
  f.get(base).get(base);
  math.f64(f, Infinity).op("f64x2.lt", "v128.bitselect").set(m);
  math.f64(f, -Infinity).get(m, base);
  math.f64(f, 0).op("f64x2.eq", "v128.bitselect");
}

/** A negative base: odd exponents give a negative result, fractions give NaN. */
function emitSigns(f: FunctionBuilder, { x, y, result }: PowLocals): void {
  // Odd: |y − 2·trunc(y/2)| = 1; it moves x's sign bit to the result.
  f.get(y, y).f32x4(0.5).op("f32x4.mul", "f32x4.trunc").f32x4(2).op("f32x4.mul", "f32x4.sub");
  f.op("f32x4.abs").f32x4(1).op("f32x4.eq").get(x).op("v128.and").i32x4(SIGN).op("v128.and");
  f.get(result).op("v128.or").set(result);
  f.get(y).op("f32x4.trunc").get(y).op("f32x4.ne");
  f.get(x).f32x4(0).op("f32x4.lt", "v128.and");
  f.get(x).f32x4(-Infinity).op("f32x4.gt", "v128.and").set(x);
  f.f32x4(NaN).get(result, x).op("v128.bitselect").set(result);
}

function emitPolynomial(
  math: MathLibrary,
  f: FunctionBuilder,
  x: Local,
  coefficients: readonly number[],
): void {
  coefficients.forEach((coefficient, i) => {
    if (i > 0) f.get(x).op("f64x2.mul");
    math.f64(f, coefficient);
    if (i > 0) f.op("f64x2.add");
  });
}

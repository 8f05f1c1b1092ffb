/** Natural logarithm of four lanes. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { LN2_HIGH, LN2_LOW } from "./exp.ts";
import type { MathFunction, MathLibrary } from "./math_library.ts";

/** Minimax on [√½ − 1, √2 − 1] of (ln(1 + t) − t + t²/2) / t³ [Cephes logf]. */
export const LOG_COEFFICIENTS: readonly number[] = [
  7.0376836292e-2,
  -1.1514610310e-1,
  1.1676998740e-1,
  -1.2420140846e-1,
  1.4249322787e-1,
  -1.6668057665e-1,
  2.0000714765e-1,
  -2.4999993993e-1,
  3.3333331174e-1,
];

const SMALLEST_NORMAL = 2 ** -126;
const SQRT_HALF_BITS = 0x3f3504f3;

/** The natural logarithm. */
export const log: MathFunction = { name: "log", arity: 1, emit: emitLog };

/** x = 2ᵉ·(1 + t) with √½ ≤ 1 + t < √2; then ln x = e·ln 2 + ln(1 + t). */
function emitLog(math: MathLibrary, f: FunctionBuilder, x: Local): void {
  const [bits, exponent, t, square] = [0, 1, 2, 3].map(() => f.local("v128")) as [
    Local,
    Local,
    Local,
    Local,
  ];
  emitSplit(math, f, { x, bits, exponent, t });
  f.get(t, t).op("f32x4.mul").set(square);
  math.polynomial(f, t, LOG_COEFFICIENTS);
  f.get(t).op("f32x4.mul").get(square).op("f32x4.mul").set(bits);
  math.f32(f.get(exponent), LN2_LOW).get(bits);
  math.multiplyAdd(f);
  math.f32(f.set(bits).get(square), 0.5).get(bits);
  math.multiplySubtract(f);
  math.f32(f.get(t).op("f32x4.add").set(bits).get(exponent), LN2_HIGH).get(bits);
  math.multiplyAdd(f);
  // ln ∞ = ∞, ln 0 = −∞, and NaN for the rest.
  math.f32(f.get(x, x), Infinity).op("f32x4.lt", "v128.bitselect");
  math.f32(f, -Infinity);
  math.f32(f, NaN).get(x).f32x4(0).op("f32x4.eq", "v128.bitselect");
  f.get(x).f32x4(0).op("f32x4.gt", "v128.bitselect");
}

interface SplitLocals {
  readonly x: Local;
  readonly bits: Local;
  readonly exponent: Local;
  readonly t: Local;
}

/** Sets e (as a float) and t. Subnormal numbers are scaled to normal ones first. */
function emitSplit(
  math: MathLibrary,
  f: FunctionBuilder,
  { x, bits, exponent, t }: SplitLocals,
): void {
  math.f32(f.get(x), SMALLEST_NORMAL).op("f32x4.lt").set(t); // t temporarily holds a mask
  math.f32(f.get(x), 2 ** 23).op("f32x4.mul").get(x, t).op("v128.bitselect").tee(bits);
  math.i32(f, SQRT_HALF_BITS).op("i32x4.sub").i32(23).op("i32x4.shr_s").tee(exponent);
  math.f32(f.op("f32x4.convert_i32x4_s"), 23).get(t).op("v128.and", "f32x4.sub");
  f.get(bits, exponent).i32(23).op("i32x4.shl", "i32x4.sub");
  math.f32(f, 1).op("f32x4.sub").set(t);
  f.set(exponent);
}

/** eˣ of four lanes. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { MathFunction, MathLibrary } from "./math_library.ts";

/** ln 2 in two parts: the first has few enough bits that n·LN2_HIGH is exact. */
export const LN2_HIGH = 0.693359375;
export const LN2_LOW = -2.1219444005469057e-4;

/** Minimax on |r| ≤ ln 2 / 2 of (eʳ − 1 − r) / r² [Cephes expf]. */
export const EXP_COEFFICIENTS: readonly number[] = [
  1.9875691500e-4,
  1.3981999507e-3,
  8.3334519073e-3,
  4.1665795894e-2,
  1.6666665459e-1,
  5.0000001201e-1,
];

/** eˣ. Inlined, because a call would take as long as the body. */
export const exp: MathFunction = { name: "exp", arity: 1, inline: true, emit: emitExp };

/** x = n·ln 2 + r with |r| ≤ ln 2 / 2; then eˣ = 2ⁿ·eʳ. */
function emitExp(math: MathLibrary, f: FunctionBuilder, x: Local): void {
  const [n, r, power, half] = [f.local("v128"), f.local("v128"), f.local("v128"), f.local("v128")];
  // Outside these bounds the result is ∞ or 0 in f32. NaN is kept, because it compares false.
  math.f32(f.get(x), 89).op("f32x4.pmin");
  math.f32(f, -104).op("f32x4.pmax").set(x);
  math.f32(f.get(x), Math.LOG2E).op("f32x4.mul", "f32x4.nearest").tee(n);
  math.f32(f, LN2_HIGH).get(x);
  math.multiplySubtract(f);
  math.f32(f.set(r).get(n), LN2_LOW).get(r);
  math.multiplySubtract(f);
  f.set(r);
  math.polynomial(f, r, EXP_COEFFICIENTS);
  math.f32(f.get(r, r).op("f32x4.mul").get(r), 1).op("f32x4.add");
  math.multiplyAdd(f);
  // 2ⁿ as two factors, so that subnormal results and ∞ are correct.
  f.get(n).op("i32x4.trunc_sat_f32x4_s").tee(power).i32(1).op("i32x4.shr_s").tee(half);
  emitPowerOfTwo(math, f);
  f.op("f32x4.mul").get(power, half).op("i32x4.sub");
  emitPowerOfTwo(math, f);
  f.op("f32x4.mul");
}

/** Replaces integers by the floats 2^integer. */
function emitPowerOfTwo(math: MathLibrary, f: FunctionBuilder): void {
  math.i32(f, 127).op("i32x4.add").i32(23).op("i32x4.shl");
}

/** Sine and cosine of four lanes. Angles are reduced in f64; large ones by Payne-Hanek first. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { LARGE_ANGLE, largeAngle } from "./large_angle.ts";
import type { MathFunction, MathLibrary } from "./math_library.ts";

// π/2 in three parts of at most 33 bits, so that n · part is exact for |n| < 2²⁰.
const HALF_PI = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21];
const SIGN = 0x80000000 | 0;
/** Adding this rounds an f64 to an integer, which is then in the low bits. */
const ROUNDER = 1.5 * 2 ** 52;

// Minimax on |r| ≤ π/4 [Cephes sinf, cosf].
const SINE = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1];
const COSINE = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2, -0.5];

/** Sine. */
export const sin: MathFunction = {
  name: "sin",
  arity: 1,
  emit: (math, f, x) => emitSineOfQuarters(math, f, { x, quarters: 0 }),
};

/** Cosine. */
export const cos: MathFunction = {
  name: "cos",
  arity: 1,
  emit: (math, f, x) => emitSineOfQuarters(math, f, { x, quarters: 1 }),
};

/** sin(x + quarters·π/2): x = n·π/2 + r, then ±sin r or ±cos r by n's last two bits. */
function emitSineOfQuarters(
  math: MathLibrary,
  f: FunctionBuilder,
  { x, quarters }: { x: Local; quarters: number },
): void {
  const [r, quadrant, z] = [f.local("v128"), f.local("v128"), f.local("v128")];
  emitReduce(math, f, { x, r, quadrant });
  if (quarters !== 0) math.i32(f.get(quadrant), quarters).op("i32x4.add").set(quadrant);
  f.get(r, r).op("f32x4.mul").set(z);
  math.polynomial(f, z, COSINE);
  math.f32(f.get(z), 1);
  math.multiplyAdd(f);
  math.polynomial(f, z, SINE);
  f.get(z).op("f32x4.mul").get(r, r);
  math.multiplyAdd(f);
  math.i32(f.get(r), SIGN).op("v128.and", "v128.or"); // the polynomial loses the sign of −0
  math.i32(f.i32x4(0).get(quadrant), 1).op("v128.and", "i32x4.sub", "v128.bitselect");
  math.i32(f.get(quadrant), 2).op("v128.and").i32(30).op("i32x4.shl", "v128.xor");
}

/** Sets r to the remainder in f32 and `quadrant` to n. */
function emitReduce(
  math: MathLibrary,
  f: FunctionBuilder,
  { x, r, quadrant }: { x: Local; r: Local; quadrant: Local },
): void {
  const isLarge = f.local("i32");
  math.f32(f.get(x).op("f32x4.abs"), LARGE_ANGLE).op("f32x4.ge", "v128.any_true").set(isLarge);
  const [low, high] = [0, 1].map((half) => {
    const [value, rounded, n] = [f.local("v128"), f.local("v128"), f.local("v128")];
    f.get(x);
    if (half === 1) f.get(x).shuffle32(2, 3, 2, 3);
    f.op("f64x2.promote_low_f32x4").set(value);
    f.get(isLarge).if(() => {
      f.get(value);
      math.apply(f, largeAngle);
      f.set(value);
    });
    f.get(value);
    math.f64(f, 2 / Math.PI).op("f64x2.mul");
    math.f64(f, ROUNDER).op("f64x2.add").tee(rounded);
    math.f64(f, ROUNDER).op("f64x2.sub").set(n).get(value);
    for (const part of HALF_PI) math.f64(f.get(n), part).op("f64x2.mul", "f64x2.sub");
    f.op("f32x4.demote_f64x2_zero").set(value);
    return { value, rounded };
  });
  if (!low || !high) throw new Error("Internal: a vector has two halves");
  f.get(low.value, high.value).shuffle32(0, 1, 4, 5).set(r);
  f.get(low.rounded, high.rounded).shuffle32(0, 2, 4, 6).set(quadrant);
}

/** eˣ − 1 of four lanes. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { exp, EXP_COEFFICIENTS } from "./exp.ts";
import type { MathFunction, MathLibrary } from "./math_library.ts";

/** Bound of the polynomial: a little less than ln 2 / 2. */
const NEAR = 0.3465;
const SIGN = 0x80000000 | 0;

/** eˣ − 1. */
export const expm1: MathFunction = { name: "expm1", arity: 1, emit: emitExpm1 };

/** The polynomial of `exp` near 0, where subtracting 1 would cancel, and eˣ − 1 elsewhere. */
function emitExpm1(math: MathLibrary, f: FunctionBuilder, x: Local): void {
  const square = f.local("v128");
  f.get(x, x).op("f32x4.mul").set(square);
  math.polynomial(f, x, EXP_COEFFICIENTS);
  f.get(square, x);
  math.multiplyAdd(f);
  f.get(x);
  math.apply(f, exp);
  math.f32(f, 1).op("f32x4.sub");
  math.f32(f.get(x).op("f32x4.abs"), NEAR).op("f32x4.lt", "v128.bitselect");
  math.i32(f.get(x), SIGN).op("v128.and", "v128.or"); // the polynomial loses the sign of −0
}

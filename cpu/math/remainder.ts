/** Remainder of float division that truncates toward zero. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { MathFunction, MathLibrary } from "./math_library.ts";

/** Remainder of the float division x / y. */
export const remainder: MathFunction = { name: "remainder", arity: 2, emit: emitRemainder };

/** x − y·trunc(x / y) in f64, exact while |x / y| < 2²⁹. */
function emitRemainder(_math: MathLibrary, f: FunctionBuilder, x: Local, y: Local): void {
  const [a, b, result] = [f.local("f64"), f.local("f64"), f.local("v128")];
  f.get(x).set(result);
  for (let lane = 0; lane < 4; lane++) {
    f.get(x).lane("f32x4.extract_lane", lane).op("f64.promote_f32").set(a);
    f.get(y).lane("f32x4.extract_lane", lane).op("f64.promote_f32").set(b);
    f.get(result);
    f.get(a, a, b).op("f64.div", "f64.trunc").get(b).op("f64.mul", "f64.sub");
    f.get(a).op("f64.copysign", "f32.demote_f64").lane("f32x4.replace_lane", lane).set(result);
  }
  // A finite number modulo ∞ is itself.
  f.get(x, result).get(y).op("f32x4.abs").f32x4(Infinity).op("f32x4.eq");
  f.get(x).op("f32x4.abs").f32x4(Infinity).op("f32x4.lt", "v128.and", "v128.bitselect");
}

/** Hyperbolic tangent of four lanes. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { exp } from "./exp.ts";
import type { MathFunction, MathLibrary } from "./math_library.ts";

// Minimax on |x| < 0.625 of (tanh x / x − 1) / x² [Cephes tanhf].
const COEFFICIENTS = [
  -5.70498872745e-3,
  2.06390887954e-2,
  -5.37397155531e-2,
  1.33314422036e-1,
  -3.33332819422e-1,
];

const SIGN = 0x80000000 | 0;

/** The hyperbolic tangent. */
export const tanh: MathFunction = { name: "tanh", arity: 1, emit: emitTanh };

/** A polynomial near 0, and ±(1 − 2 / (e^{2|x|} + 1)) elsewhere. */
function emitTanh(math: MathLibrary, f: FunctionBuilder, x: Local): void {
  const [square, size] = [f.local("v128"), f.local("v128")];
  f.get(x, x).op("f32x4.mul").set(square);
  math.polynomial(f, square, COEFFICIENTS);
  f.get(square).op("f32x4.mul").get(x, x);
  math.multiplyAdd(f);
  f.get(x).op("f32x4.abs").tee(size).get(size).op("f32x4.add");
  math.apply(f, exp);
  math.f32(f, 1).op("f32x4.add").set(square);
  math.f32(math.f32(f, 1), 2).get(square).op("f32x4.div", "f32x4.sub");
  math.f32(f.get(size), 0.625).op("f32x4.lt", "v128.bitselect");
  math.i32(f.get(x), SIGN).op("v128.and", "v128.or"); // the polynomial loses the sign of −0
}

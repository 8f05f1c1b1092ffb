/** log(1 + x) of four lanes. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { log, LOG_COEFFICIENTS } from "./log.ts";
import type { MathFunction, MathLibrary } from "./math_library.ts";

/** Bounds of the polynomial, a little inside of √½ − 1 and √2 − 1. */
const [LOW, HIGH] = [-0.2928, 0.4142];
const SIGN = 0x80000000 | 0;

/** log(1 + x). */
export const log1p: MathFunction = { name: "log1p", arity: 1, emit: emitLog1p };

/** The polynomial of `log` near 0, where 1 + x would lose low bits of x, and log(1 + x) elsewhere. */
function emitLog1p(math: MathLibrary, f: FunctionBuilder, x: Local): void {
  const [square, cube] = [f.local("v128"), f.local("v128")];
  f.get(x, x).op("f32x4.mul").set(square);
  math.polynomial(f, x, LOG_COEFFICIENTS);
  f.get(x).op("f32x4.mul").get(square).op("f32x4.mul").set(cube);
  math.f32(f.get(square), 0.5).get(cube);
  math.multiplySubtract(f);
  f.get(x).op("f32x4.add");
  math.f32(f.get(x), 1).op("f32x4.add");
  math.apply(f, log);
  math.f32(f.get(x), LOW).op("f32x4.gt");
  math.f32(f.get(x), HIGH).op("f32x4.lt", "v128.and", "v128.bitselect");
  math.i32(f.get(x), SIGN).op("v128.and", "v128.or"); // the polynomial loses the sign of −0
}

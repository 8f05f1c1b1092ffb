/** Error function of four lanes. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { exp } from "./exp.ts";
import type { MathFunction, MathLibrary } from "./math_library.ts";

// Both are interpolations at Chebyshev nodes of f64 values, rounded to f32.
// erf(x) / x in powers of x², for |x| < 0.9.
const NEAR = [
  -0.0006102686747908592,
  0.005014484282582998,
  -0.026780718937516212,
  0.11282194405794144,
  -0.3761252760887146,
  1.1283791065216064,
];
// ln(1 − erf(x)) in powers of x, for 0.9 ≤ x ≤ 4; beyond 4, erf(x) rounds to 1.
const FAR = [
  0.0000016430636833320023,
  -0.00004616385922417976,
  0.0005975857493467629,
  -0.00476262578740716,
  0.02642763778567314,
  -0.11008716374635696,
  -0.6318238973617554,
  -1.1302310228347778,
  0.0003185396490152925,
];

const SIGN = 0x80000000 | 0;

/** The error function. */
export const erf: MathFunction = { name: "erf", arity: 1, emit: emitErf };

function emitErf(math: MathLibrary, f: FunctionBuilder, x: Local): void {
  const [square, size, far] = [f.local("v128"), f.local("v128"), f.local("v128")];
  math.f32(f.get(x).op("f32x4.abs"), 4).op("f32x4.pmin").set(size);
  math.polynomial(f, size, FAR);
  math.apply(f, exp);
  f.set(far);
  math.i32(math.f32(f, 1).get(far).op("f32x4.sub").get(x), SIGN).op("v128.and", "v128.or");
  f.set(far);
  f.get(x, x).op("f32x4.mul").set(square);
  math.polynomial(f, square, NEAR);
  f.get(x).op("f32x4.mul");
  math.f32(f.get(far).get(size), 0.9).op("f32x4.lt", "v128.bitselect");
}

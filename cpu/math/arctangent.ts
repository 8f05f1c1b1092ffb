/** The angle of points, four at a time. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { MathFunction, MathLibrary } from "./math_library.ts";

// Minimax on [0, 1] of (atan t − t) / t³ in t², computed for this file.
const COEFFICIENTS = [
  2.92064749e-3,
  -1.63677497e-2,
  4.32115725e-2,
  -7.55219006e-2,
  1.06659934e-1,
  -1.42110525e-1,
  1.99937725e-1,
  -3.33331527e-1,
];

const SIGN = 0x80000000 | 0;

/** The angle in [−π, π] of the point with ordinate y and abscissa x. */
export const atan2: MathFunction = {
  name: "atan2",
  arity: 2,
  emit: (math, f, y, x) => emitAngle(math, f, { y, x }),
};

/** The arctangent of the smaller over the larger coordinate, moved to the right octant. */
function emitAngle(math: MathLibrary, f: FunctionBuilder, { y, x }: Record<"y" | "x", Local>) {
  const [t, square, angle] = [f.local("v128"), f.local("v128"), f.local("v128")];
  emitRatio(math, f, { y, x, t });
  f.get(t, t).op("f32x4.mul").set(square);
  math.polynomial(f, square, COEFFICIENTS);
  f.get(square).op("f32x4.mul").get(t, t);
  math.multiplyAdd(f);
  f.set(angle);
  math.f32(f, Math.PI / 2).get(angle).op("f32x4.sub").get(angle);
  f.get(y).op("f32x4.abs").get(x).op("f32x4.abs", "f32x4.gt", "v128.bitselect").set(angle);
  math.f32(f, Math.PI).get(angle).op("f32x4.sub").get(angle);
  f.get(x).i32(31).op("i32x4.shr_s", "v128.bitselect"); // by the sign, also that of −0
  math.i32(f.get(y), SIGN).op("v128.and", "v128.or");
}

/** Sets t to the smaller coordinate over the larger one: 1 if they are equal, but 0 for zeros. */
function emitRatio(
  math: MathLibrary,
  f: FunctionBuilder,
  { y, x, t }: Record<"y" | "x" | "t", Local>,
): void {
  const [small, large] = [f.local("v128"), f.local("v128")];
  f.get(y).op("f32x4.abs").tee(small).get(x).op("f32x4.abs").tee(large).op("f32x4.min").set(t);
  f.get(small, large).op("f32x4.max").set(large).get(t).set(small);
  math.f32(f, 1);
  f.get(small, large).op("f32x4.div").get(small, large).op("f32x4.eq", "v128.bitselect");
  f.get(large).f32x4(0).op("f32x4.ne", "v128.and").set(t);
}

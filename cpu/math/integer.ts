/** Integer functions without vector instructions, computed lane by lane. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { PlainOp } from "../wasm/opcodes.ts";
import type { MathFunction, MathLibrary } from "./math_library.ts";

/** Emits the function of two integers. */
type EmitScalar = (f: FunctionBuilder, a: Local, b: Local) => void;

/** Computes `scalar` for each lane of x and y. */
function perLane(name: string, scalar: EmitScalar): MathFunction {
  const emit = (_math: MathLibrary, f: FunctionBuilder, x: Local, y: Local): void => {
    const [a, b, result] = [f.local("i32"), f.local("i32"), f.local("v128")];
    for (let lane = 0; lane < 4; lane++) {
      f.get(x).lane("i32x4.extract_lane", lane).set(a);
      f.get(y).lane("i32x4.extract_lane", lane).set(b);
      f.get(result);
      scalar(f, a, b);
      f.lane("i32x4.replace_lane", lane).set(result);
    }
    f.get(result);
  };
  return { name, arity: 2, emit };
}

/**
 * Division that never traps, whatever idle lanes hold: division by zero gives the dividend and
 * remainder zero, as in WGSL, and −2³¹ / −1 wraps around.
 */
function division(op: PlainOp, whenZero: "dividend" | "zero"): EmitScalar {
  const signed = op.endsWith("_s");
  return (f, a, b) => {
    const otherwise = (): void => {
      if (signed) f.get(b).i32(-1).op("i32.eq").if(() => emitMinusOne(f, a, op), divide, "i32");
      else divide();
    };
    const divide = (): void => void f.get(a, b).op(op);
    f.get(b).op("i32.eqz").if(
      () => void (whenZero === "zero" ? f.i32(0) : f.get(a)),
      otherwise,
      "i32",
    );
  };
}

function emitMinusOne(f: FunctionBuilder, a: Local, op: PlainOp): void {
  f.i32(0);
  if (op === "i32.div_s") f.get(a).op("i32.sub");
}

/** Signed quotients. */
export const divideI32: MathFunction = perLane("divideI32", division("i32.div_s", "dividend"));
/** Unsigned quotients. */
export const divideU32: MathFunction = perLane("divideU32", division("i32.div_u", "dividend"));
/** Signed remainders. */
export const remainderI32: MathFunction = perLane("remainderI32", division("i32.rem_s", "zero"));
/** Unsigned remainders. */
export const remainderU32: MathFunction = perLane("remainderU32", division("i32.rem_u", "zero"));
/** x · 2ʸ, discarding overflow. */
export const shiftLeft: MathFunction = perLane(
  "shiftLeft",
  (f, a, b) => void f.get(a, b).op("i32.shl"),
);
/** Logical right shift. */
export const shiftRight: MathFunction = perLane(
  "shiftRight",
  (f, a, b) => void f.get(a, b).op("i32.shr_u"),
);
/** Arithmetic right shift. */
export const shiftRightSigned: MathFunction = perLane(
  "shiftRightSigned",
  (f, a, b) => void f.get(a, b).op("i32.shr_s"),
);

/** Integer functions without vector instructions, computed lane by lane. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { PlainOp } from "../wasm/opcodes.ts";
import type { EmitBody, MathLibrary } from "./math_library.ts";

/** Emits `scalar` for each lane of x and y. */
function perLane(scalar: (f: FunctionBuilder, a: Local, b: Local) => void): EmitBody {
  return (_math: MathLibrary, f: FunctionBuilder, ...[x, y]: Local[]): void => {
    if (!x || !y) throw new Error("Internal: an integer function takes two vectors");
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
}

/**
 * Division that never traps, whatever idle lanes hold: division by zero gives the dividend and
 * remainder zero, as in WGSL, and −2³¹ / −1 wraps around.
 */
function division(op: PlainOp, whenZero: "dividend" | "zero"): EmitBody {
  const signed = op.endsWith("_s");
  return perLane((f, a, b) => {
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
  });
}

function emitMinusOne(f: FunctionBuilder, a: Local, op: PlainOp): void {
  f.i32(0);
  if (op === "i32.div_s") f.get(a).op("i32.sub");
}

export const emitDivideI32: EmitBody = division("i32.div_s", "dividend");
export const emitDivideU32: EmitBody = division("i32.div_u", "dividend");
export const emitRemainderI32: EmitBody = division("i32.rem_s", "zero");
export const emitRemainderU32: EmitBody = division("i32.rem_u", "zero");
export const emitShiftLeft: EmitBody = perLane((f, a, b) => void f.get(a, b).op("i32.shl"));
export const emitShiftRight: EmitBody = perLane((f, a, b) => void f.get(a, b).op("i32.shr_u"));
export const emitShiftRightSigned: EmitBody = perLane((f, a, b) =>
  void f.get(a, b).op("i32.shr_s")
);

/** Emits scalar functions of values in vectors. */
import type { MathLibrary } from "../math/math_library.ts";
import type { FunctionBuilder } from "../wasm/function_builder.ts";
import { type LaneFunction, laneOps, numericCasts, uniformShift } from "./lane_ops.ts";
import type { ApplyValue, Value } from "./value.ts";

/** What pushes the arguments of functions. */
export interface ApplyHost {
  readonly f: FunctionBuilder;
  readonly math: MathLibrary;
  /** Whether lanes can hold different values. */
  varies(value: Value): boolean;
  /** Pushes a value as a vector. */
  push(value: Value): void;
  /** Pushes an integer that all lanes share as an `i32`. */
  pushShared(value: Value): void;
  /** Computes the value now, so that it can be pushed several times. */
  keep(value: Value): void;
}

/** Pushes a literal in all lanes; a boolean is a mask. */
export function emitConst(f: FunctionBuilder, type: Value["type"], value: number): void {
  if (type === "f32") f.f32x4(value);
  else f.i32x4(type === "bool" && value ? -1 : value);
}

/** Pushes the result of a function. */
export function emitApply(host: ApplyHost, value: ApplyValue): void {
  const { f } = host;
  const [a, b, c] = value.args;
  if (!a) throw new Error(`Internal: ${value.op} without arguments`);
  if (value.op === "select") {
    if (!b || !c) throw new Error("Internal: select takes three arguments");
    host.push(b);
    host.push(c);
    host.push(a);
    f.op("v128.bitselect");
  } else if (value.op === "cast") pushCast(host, a, value.type);
  else if (value.op === "bitcast") host.push(a);
  else if ((value.op === "shl" || value.op === "shr") && b && !host.varies(b)) {
    host.push(a);
    host.pushShared(b);
    f.op(uniformShift(value.op, a.type));
  } else if ((value.op === "min" || value.op === "max") && a.type === "f32") {
    pushExtreme(host, value.op, value.args);
  } else if (value.op === "pow" && b && pushSmallPower(host, a, b)) return;
  else {
    value.args.forEach((arg) => host.push(arg));
    emitOp(host, value.op, a.type);
  }
}

/** Applies a function to vectors on the stack. */
export function emitOp(
  { f, math }: Pick<ApplyHost, "f" | "math">,
  op: LaneFunction,
  type: Value["type"],
): void {
  const instructions = laneOps[op][type];
  if (!instructions) throw new Error(`Internal: cpu has no ${op} of ${type}`);
  if ("call" in instructions) math.apply(f, instructions.call);
  else if ("long" in instructions) math.apply(f, math.long(instructions.long));
  else f.op(...instructions);
}

/**
 * Emits min or max. One instruction is enough if one side is a literal; NaN on the other side
 * stays NaN.
 */
function pushExtreme(host: ApplyHost, op: "min" | "max", [a, b]: readonly Value[]): void {
  if (!a || !b) throw new Error(`Internal: ${op} takes two arguments`);
  const [first, second] = a.kind === "const" ? [b, a] : [a, b];
  host.push(first);
  host.push(second);
  const plain = second.kind === "const" && !Number.isNaN(second.value);
  host.f.op(plain ? `f32x4.p${op}` : `f32x4.${op}`);
}

function pushCast(host: ApplyHost, a: Value, type: Value["type"]): void {
  const { f } = host;
  host.push(a);
  if (a.type === "bool") {
    if (type === "bool") return;
    emitConst(f, type, 1);
    f.op("v128.and");
  } else if (type === "bool") {
    emitConst(f, a.type, 0);
    f.op(a.type === "f32" ? "f32x4.ne" : "i32x4.ne");
  } else f.op(...numericCasts[`${a.type} ${type}`] ?? []);
}

/** Emits powers that a few exact instructions can compute. */
function pushSmallPower(host: ApplyHost, base: Value, exponent: Value): boolean {
  if (exponent.kind !== "const") return false;
  const { f } = host;
  const twice = (): void => {
    host.keep(base);
    host.push(base);
    host.push(base);
    f.op("f32x4.mul");
  };
  if (exponent.value === 2) twice();
  else if (exponent.value === 3) {
    twice();
    host.push(base);
    f.op("f32x4.mul");
  } else if (exponent.value === 1) host.push(base);
  else if (exponent.value === -1) {
    f.f32x4(1);
    host.push(base);
    f.op("f32x4.div");
  } else return false;
  return true;
}

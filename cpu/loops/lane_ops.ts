/** The instructions that compute each scalar function on four lanes. */
import type { BinaryName, ScalarType, UnaryName } from "../../graph/scalar/mod.ts";
import { exp } from "../math/exp.ts";
import {
  divideI32,
  divideU32,
  remainderI32,
  remainderU32,
  shiftLeft,
  shiftRight,
  shiftRightSigned,
} from "../math/integer.ts";
import { log } from "../math/log.ts";
import type { LongFunction, MathFunction } from "../math/math_library.ts";
import type { PlainOp } from "../wasm/opcodes.ts";

/** Instructions to append, or a function of the math library to call, which may be long. */
export type LaneOp =
  | readonly PlainOp[]
  | { readonly call: MathFunction }
  | { readonly long: LongFunction };

type ByType = Readonly<Partial<Record<ScalarType, LaneOp>>>;

/** A scalar function that has a row in `laneOps`. */
export type LaneFunction = UnaryName | BinaryName;

/**
 * By the type of the first argument. Booleans are masks: all bits of a lane are set, or
 * none. Integer sums are listed although `i32` sums are linear forms, for reductions.
 */
export const laneOps: Readonly<Record<LaneFunction, ByType>> = {
  neg: { f32: ["f32x4.neg"], i32: ["i32x4.neg"], u32: ["i32x4.neg"] },
  abs: { f32: ["f32x4.abs"], i32: ["i32x4.abs"], u32: [] },
  sqrt: { f32: ["f32x4.sqrt"] },
  exp: { f32: { call: exp } },
  log: { f32: { call: log } },
  sin: { f32: { long: "sin" } },
  cos: { f32: { long: "cos" } },
  tanh: { f32: { long: "tanh" } },
  erf: { f32: { long: "erf" } },
  floor: { f32: ["f32x4.floor"], i32: [], u32: [] },
  ceil: { f32: ["f32x4.ceil"], i32: [], u32: [] },
  round: { f32: ["f32x4.nearest"] },
  log1p: { f32: { long: "log1p" } },
  expm1: { f32: { long: "expm1" } },
  not: { bool: ["v128.not"] },
  add: { f32: ["f32x4.add"], i32: ["i32x4.add"], u32: ["i32x4.add"], bool: ["v128.or"] },
  sub: { f32: ["f32x4.sub"], i32: ["i32x4.sub"], u32: ["i32x4.sub"] },
  mul: { f32: ["f32x4.mul"], i32: ["i32x4.mul"], u32: ["i32x4.mul"], bool: ["v128.and"] },
  div: { f32: ["f32x4.div"], i32: { call: divideI32 }, u32: { call: divideU32 } },
  rem: { f32: { long: "rem" }, i32: { call: remainderI32 }, u32: { call: remainderU32 } },
  min: { f32: ["f32x4.min"], i32: ["i32x4.min_s"], u32: ["i32x4.min_u"], bool: ["v128.and"] },
  max: { f32: ["f32x4.max"], i32: ["i32x4.max_s"], u32: ["i32x4.max_u"], bool: ["v128.or"] },
  pow: { f32: { long: "pow" } },
  atan2: { f32: { long: "atan2" } },
  lt: { f32: ["f32x4.lt"], i32: ["i32x4.lt_s"], u32: ["i32x4.lt_u"] },
  le: { f32: ["f32x4.le"], i32: ["i32x4.le_s"], u32: ["i32x4.le_u"] },
  eq: { f32: ["f32x4.eq"], i32: ["i32x4.eq"], u32: ["i32x4.eq"], bool: ["i32x4.eq"] },
  ne: { f32: ["f32x4.ne"], i32: ["i32x4.ne"], u32: ["i32x4.ne"], bool: ["v128.xor"] },
  and: { i32: ["v128.and"], u32: ["v128.and"], bool: ["v128.and"] },
  or: { i32: ["v128.or"], u32: ["v128.or"], bool: ["v128.or"] },
  xor: { i32: ["v128.xor"], u32: ["v128.xor"], bool: ["v128.xor"] },
  shl: { i32: { call: shiftLeft }, u32: { call: shiftLeft } },
  shr: { i32: { call: shiftRightSigned }, u32: { call: shiftRight } },
};

/** A shift of all lanes by the same count, which is on the stack as an `i32`. */
export function uniformShift(op: "shl" | "shr", type: ScalarType): PlainOp {
  if (op === "shl") return "i32x4.shl";
  return type === "u32" ? "i32x4.shr_u" : "i32x4.shr_s";
}

/** Conversions of values between numeric types; booleans are handled by the emitter. */
export const numericCasts: Partial<Record<`${ScalarType} ${ScalarType}`, readonly PlainOp[]>> = {
  "f32 i32": ["i32x4.trunc_sat_f32x4_s"],
  "f32 u32": ["i32x4.trunc_sat_f32x4_u"],
  "i32 f32": ["f32x4.convert_i32x4_s"],
  "u32 f32": ["f32x4.convert_i32x4_u"],
  "i32 u32": [],
  "u32 i32": [],
};

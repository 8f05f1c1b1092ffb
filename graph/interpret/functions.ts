import { type NumberFunction, scalarFunctions, wrap } from "../scalar/functions.ts";
import type { Apply, Scalar, ScalarType } from "../scalar/mod.ts";

const bits = new DataView(new ArrayBuffer(4));

/** Truncates to an integer type. Values out of range are clamped, and NaN becomes 0. */
function toInteger(type: "i32" | "u32", value: number): number {
  const [min, max] = type === "i32" ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  return Number.isNaN(value) ? 0 : Math.trunc(Math.min(Math.max(value, min), max));
}

function cast(from: ScalarType, to: ScalarType): NumberFunction {
  if (to === "bool") return (x) => Number(x !== 0);
  if (to === "f32") return (x) => x;
  return from === "f32" ? (x) => toInteger(to, x) : (x) => wrap(to, x);
}

function readBits(type: ScalarType): number {
  if (type === "f32") return bits.getFloat32(0);
  return type === "i32" ? bits.getInt32(0) : bits.getUint32(0);
}

function bitcast(from: ScalarType, to: ScalarType): NumberFunction {
  return (x) => {
    if (from === "f32") bits.setFloat32(0, x);
    else bits.setUint32(0, x);
    return readBits(to);
  };
}

/**
 * What an application of the scalar language computes: 32-bit integers exactly, floats in
 * float64. The type of the first operand decides.
 */
export function functionOf(op: Apply["op"], type: ScalarType, operand: Scalar): NumberFunction {
  if (op === "cast") return cast(operand.type, type);
  if (op === "bitcast") return bitcast(operand.type, type);
  const found = op === "select" ? undefined : scalarFunctions[op][operand.type];
  if (!found) throw new Error(`Internal: ${op} of ${operand.type} has no meaning`);
  return found;
}

/**
 * The scalar language: one element of a result in terms of loads and loop axes. Op rows are
 * written in it. `gpu/` prints it as WGSL, `cpu/` compiles it to WebAssembly, and the interpreter
 * evaluates it in float64.
 * @module
 */

import type { BinaryName, ScalarType, UnaryName } from "./functions.ts";

/** `cast` converts the value (float to integer truncates); `bitcast` keeps the bits. */
export type ConversionName = "cast" | "bitcast";

/** The smallest and largest possible value of an integer scalar. */
export type Range = readonly [min: number, max: number];

/** A literal. */
export interface Const {
  /** The kind of expression. */
  readonly op: "const";
  /** Type of the value. */
  readonly type: ScalarType;
  /** The number; booleans are 0 and 1. */
  readonly value: number;
}

/**
 * The position along loop axis `axis` of the kernel, `0 … size−1`. Expressions are simplified based
 * on this range, so `size` must be the size of the kernel's loop.
 */
export interface Axis {
  /** The kind of expression. */
  readonly op: "axis";
  /** Type of the value. */
  readonly type: "i32";
  /** Number of the loop axis. */
  readonly axis: number;
  /** Number of positions along the axis. */
  readonly size: number;
}

/** Element `index` (row-major, counted in elements) of `source`. */
export interface Load {
  /** The kind of expression. */
  readonly op: "load";
  /** Type of the value. */
  readonly type: ScalarType;
  /** The source of the load: a graph node during lowering, a slot number in a plan. */
  readonly source: unknown;
  /** Row-major element index. */
  readonly index: Scalar;
}

/** Result number `result` of the kernel's reductions, or its accumulator during the reduction. */
export interface Result {
  /** The kind of expression. */
  readonly op: "result";
  /** Type of the value. */
  readonly type: ScalarType;
  /** Number of the result. */
  readonly result: number;
}

/** A function applied to scalars. */
export interface Apply {
  /** The kind of expression. */
  readonly op: UnaryName | BinaryName | ConversionName | "select";
  /** Type of the value. */
  readonly type: ScalarType;
  /** The arguments of the function. */
  readonly args: readonly Scalar[];
}

/** An expression of the scalar language: a directed acyclic graph, shared by identity. */
export type Scalar = Const | Axis | Load | Result | Apply;

const I32: Range = [-(2 ** 31), 2 ** 31 - 1];

/** Bounds of an integer scalar's value, derived from its structure. */
export function rangeOf(scalar: Scalar): Range {
  if (scalar.op === "const") return [scalar.value, scalar.value];
  if (scalar.op === "axis") return [0, Math.max(0, scalar.size - 1)];
  return ranges.get(scalar) ?? I32;
}

const ranges = new WeakMap<Scalar, Range>();

/** Builds an application and records the range of an integer result. */
export function makeApply(op: Apply["op"], type: ScalarType, args: readonly Scalar[]): Apply {
  const scalar: Apply = { op, type, args };
  if (type === "i32") {
    const range = applyRange(op, args);
    if (range && range[0] >= I32[0] && range[1] <= I32[1]) ranges.set(scalar, range);
  }
  return scalar;
}

function applyRange(op: Apply["op"], args: readonly Scalar[]): Range | undefined {
  const [a, b] = args.filter((arg) => arg.type === "i32").map(rangeOf);
  if (!a || !b) return undefined;
  switch (op) {
    case "add":
      return [a[0] + b[0], a[1] + b[1]];
    case "sub":
      return [a[0] - b[1], a[1] - b[0]];
    case "mul": {
      const ends = [a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]];
      return [Math.min(...ends), Math.max(...ends)];
    }
    case "min":
      return [Math.min(a[0], b[0]), Math.min(a[1], b[1])];
    case "max":
      return [Math.max(a[0], b[0]), Math.max(a[1], b[1])];
    case "select":
      return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
    case "div":
      return a[0] >= 0 && b[0] > 0 ? [Math.floor(a[0] / b[1]), Math.floor(a[1] / b[0])] : undefined;
    case "rem":
      return a[0] >= 0 && b[0] > 0 ? [0, Math.min(a[1], b[1] - 1)] : undefined;
    default:
      return undefined;
  }
}

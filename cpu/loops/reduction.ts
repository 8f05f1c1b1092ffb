/** The parts of a reduction: identity element, one step, and combination across lanes. */
import type { Combine } from "../../graph/kernel.ts";
import type { BinaryName, ScalarType } from "../../graph/scalar/mod.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { LaneEmitter } from "./lane_emitter.ts";
import type { Value } from "./value.ts";

const combineOps: Readonly<Record<Combine, BinaryName>> = {
  sum: "add",
  prod: "mul",
  max: "max",
  min: "min",
};

const extremes: Readonly<Record<"max" | "min", Readonly<Record<ScalarType, number>>>> = {
  max: { f32: -Infinity, i32: -(2 ** 31), u32: 0, bool: 0 },
  min: { f32: Infinity, i32: 2 ** 31 - 1, u32: -1, bool: -1 },
};

/** Pushes the identity element: the result of an empty reduction. */
export function emitIdentity(
  f: FunctionBuilder,
  combine: Combine,
  type: ScalarType,
): FunctionBuilder {
  if (combine === "sum") return f.i32x4(0);
  if (combine === "prod") {
    if (type === "f32") return f.f32x4(1);
    return f.i32x4(type === "bool" ? -1 : 1);
  }
  const value = extremes[combine][type];
  return type === "f32" ? f.f32x4(value) : f.i32x4(value);
}

/** Combines the two vectors on the stack. */
export function emitCombine(e: LaneEmitter, combine: Combine, type: ScalarType): void {
  e.pushOp(combineOps[combine], type);
}

/** Sets lanes past the end of the row to the identity element. */
export function maskIdleLanes(e: LaneEmitter, combine: Combine, type: ScalarType): void {
  if (e.active === 4) return;
  emitIdentity(e.f, combine, type);
  e.f.i32x4(-1, e.active > 1 ? -1 : 0, e.active > 2 ? -1 : 0, 0).op("v128.bitselect");
}

/**
 * Combines accumulators and then their lanes, in an order that is fixed at compile time. All lanes
 * of the returned local hold the result.
 */
export function combineLanes(
  e: LaneEmitter,
  { combine, value }: { combine: Combine; value: Value },
  sums: readonly Local[],
): Local {
  const { f } = e;
  const result = f.local("v128");
  f.get(sums[0]!);
  for (const sum of sums.slice(1)) {
    f.get(sum);
    emitCombine(e, combine, value.type);
  }
  f.set(result);
  for (const distance of [2, 1]) {
    f.get(result, result, result);
    f.shuffle32(0 ^ distance, 1 ^ distance, 2 ^ distance, 3 ^ distance);
    emitCombine(e, combine, value.type);
    f.set(result);
  }
  return result;
}

/** Groups successive reductions that do not use each other's results, at most so many together. */
export function independentGroups(
  reductions: readonly { readonly value: Value }[],
  most: number,
): readonly (readonly number[])[] {
  const groups: number[][] = [];
  reductions.forEach(({ value }, i) => {
    const last = groups.at(-1);
    const isApart = last?.every((earlier) => (value.results & (1 << earlier)) === 0);
    if (last && isApart && last.length < most) last.push(i);
    else groups.push([i]);
  });
  return groups;
}

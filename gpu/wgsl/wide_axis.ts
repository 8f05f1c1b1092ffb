import type { LoopKernel, Store } from "../../graph/kernel.ts";
import { dependsOnAxis, loadsOf, type Scalar, strideAlong } from "../../graph/scalar/mod.ts";
import { elementCount } from "../../graph/types.ts";

/** Whether this `i32` expression is a multiple of 4 wherever axis `axis` is. */
function isMultipleOf4(scalar: Scalar, axis: number): boolean {
  if (scalar.op === "const") return scalar.value % 4 === 0;
  if (scalar.op === "axis") return scalar.axis === axis;
  if (!("args" in scalar)) return false;
  if (scalar.op === "mul") return scalar.args.some((arg) => isMultipleOf4(arg, axis));
  const isSum = scalar.op === "add" || scalar.op === "sub";
  return isSum && scalar.args.every((arg) => isMultipleOf4(arg, axis));
}

/** Whether four positions along `axis` are four adjacent elements, the first at a multiple of 4. */
export function isAlignedAlong(index: Scalar, axis: number): boolean {
  return strideAlong(index, axis) === 1 && isMultipleOf4(index, axis);
}

/** Whether four positions along `axis` can be stored as one vec4. */
export function canStoreWide(stores: readonly Store[], axis: number): boolean {
  return stores.every(({ index }) => isAlignedAlong(index, axis));
}

/** Chooses the axis along which a loop kernel processes four positions at a time, if any. */
export function chooseWideAxis(kernel: LoopKernel): number | undefined {
  const candidates = [kernel.outer.length + kernel.inner.length - 1, kernel.outer.length - 1];
  let best: { axis: number; score: number } | undefined;
  for (const axis of candidates) {
    const score = wideScore(kernel, axis);
    if (score > 0 && (!best || score > best.score)) best = { axis, score };
  }
  return best?.axis;
}

/**
 * Estimates how many memory accesses per outer position a wide axis saves; 0 or less if the axis
 * should not be wide.
 */
function wideScore(kernel: LoopKernel, axis: number): number {
  const { outer, inner, outerStores, innerStores, reductions } = kernel;
  const size = axis < outer.length ? outer[axis] : inner[axis - outer.length];
  if (axis < 0 || size === undefined || size % 4 !== 0 || size === 0) return 0;
  const stores = axis < outer.length ? [...outerStores, ...innerStores] : innerStores;
  if (!canStoreWide(stores, axis)) return 0;
  const values = [...reductions, ...outerStores, ...innerStores].map(({ value }) => value);
  return loadsOf(values).reduce((sum, { index }) => {
    const stride = strideAlong(index, axis);
    const saved = stride === 0 ? 0 : isAlignedAlong(index, axis) ? 2 : -1;
    return sum + saved * timesPerRow(kernel, index);
  }, stores.reduce((sum, { index }) => sum + 2 * timesPerRow(kernel, index), 0));
}

/**
 * Whether adjacent elements of memory are mostly in one row of a reduction (along its last inner
 * axis), and not in adjacent rows (along its last outer axis).
 */
export function runsAlongRows(kernel: LoopKernel, wideAxis: number | undefined): boolean {
  const { outer, inner, reductions, innerStores } = kernel;
  if (wideAxis !== undefined) return wideAxis >= outer.length;
  const loads = loadsOf([...reductions, ...innerStores].map(({ value }) => value));
  const adjacentAlong = (axis: number): number =>
    loads.reduce(
      (sum, { index }) => strideAlong(index, axis) === 1 ? sum + timesPerRow(kernel, index) : sum,
      0,
    );
  return adjacentAlong(outer.length + inner.length - 1) >= adjacentAlong(outer.length - 1);
}

/**
 * How often an access runs for one outer position. It is hoisted out of the inner axes after the
 * last one that its index uses.
 */
function timesPerRow({ outer, inner }: LoopKernel, index: Scalar): number {
  const last = inner.findLastIndex((_, i) => dependsOnAxis(index, outer.length + i));
  return elementCount(inner.slice(0, last + 1));
}

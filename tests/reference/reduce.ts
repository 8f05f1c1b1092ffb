import { at, positions, type RefTensor, tabulate } from "./tensor.ts";

/** All elements of x that share the kept position, for each kept position. */
export function rows(
  x: RefTensor,
  axes: readonly number[],
  summarise: (elements: number[]) => number,
): RefTensor {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const inner = positions(axes.map((axis) => x.shape[axis]!));
  return tabulate(kept.map((axis) => x.shape[axis]!), (position) => {
    const full: number[] = [];
    kept.forEach((axis, i) => full[axis] = position[i]!);
    return summarise(inner.map((offsets) => {
      axes.forEach((axis, i) => full[axis] = offsets[i]!);
      return at(x, full);
    }));
  });
}

/** Sum with Kahan's compensation, so that the reference adds no error of its own. */
export function sum(values: readonly number[]): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = value - lost;
    const sum = total + next;
    lost = (sum - total) - next;
    total = sum;
  }
  return total;
}

export const max = (values: readonly number[]): number =>
  values.reduce((a, b) => Number.isNaN(a) || a > b ? a : b, -Infinity);
export const min = (values: readonly number[]): number =>
  values.reduce((a, b) => Number.isNaN(a) || a < b ? a : b, Infinity);
export const prod = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);
export const mean = (values: readonly number[]): number => sum(values) / values.length;

/** log Σ eˣ with the largest element taken out. */
export function logSumExp(values: readonly number[]): number {
  const largest = max(values);
  if (!Number.isFinite(largest)) return largest;
  return largest + Math.log(sum(values.map((value) => Math.exp(value - largest))));
}

/** Position of the largest element, the first one of equals. */
export const argmin = (values: readonly number[]): number => values.indexOf(min(values));
export const argmax = (values: readonly number[]): number => values.indexOf(max(values));

/** Intervals that hold whatever a correct backend may compute, one for each element. */

/**
 * The ends of an interval for each element. Equal ends mean that the value is exact: every
 * order of summation and every rounding gives it. A NaN end means that nothing is known.
 * Integers and booleans are never NaN; their widest interval holds all values of the type.
 */
export interface Bounds {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Half the distance of neighboring floats around 1: the largest relative error of one rounding. */
export const UNIT = 2 ** -24;

/** Subnormal results may be flushed to zero. */
const SMALLEST_NORMAL = 2 ** -126;
const LARGEST = 3.4028234663852886e38;

/** Bounds of values that are known exactly. */
export function exactly(values: ArrayLike<number>): Bounds {
  const list = Float64Array.from(values);
  return { low: list, high: list };
}

/** The ends of one interval. Rules write their result here, so that nothing is allocated. */
export const ends: { low: number; high: number } = { low: 0, high: 0 };

/** Sets the interval as it is. */
export function set(low: number, high: number): void {
  ends.low = low;
  ends.high = high;
}

/** Sets the interval of a float about which nothing is known. */
export function unknown(): void {
  set(NaN, NaN);
}

/** Sets the interval widened by a relative error of so many roundings. */
export function widened(low: number, high: number, roundings: number): void {
  set(
    below(low - roundings * UNIT * Math.abs(low) - SMALLEST_NORMAL),
    above(high + roundings * UNIT * Math.abs(high) + SMALLEST_NORMAL),
  );
}

/** Sets the interval of a correctly rounded result: exact if it is a float. */
export function rounded(low: number, high: number): void {
  if (low === high && Math.fround(low) === low) set(low, high);
  else widened(low, high, 1);
}

/** What is above the largest float becomes infinity. */
function above(high: number): number {
  return high > LARGEST ? Infinity : Math.max(high, -LARGEST);
}

function below(low: number): number {
  return low < -LARGEST ? -Infinity : Math.min(low, LARGEST);
}

/** May a correct backend have computed this value? */
export function holds({ low, high }: Bounds, i: number, value: number): boolean {
  const [from, to] = [low[i]!, high[i]!];
  if (Number.isNaN(from) || Number.isNaN(to)) return true;
  if (from === to) return value === from;
  // A float64 inside of the interval may become a float just outside of it.
  const slack = UNIT * Math.abs(value) + SMALLEST_NORMAL;
  return value >= from - slack && value <= to + slack;
}

/** How much a comparison with these bounds tells. */
export type Sharpness = "exact" | "tight" | "loose";

/** `tight` is within a thousandth of the value or of 1. */
export function sharpness({ low, high }: Bounds, i: number): Sharpness {
  const [from, to] = [low[i]!, high[i]!];
  if (from === to) return "exact";
  const size = Math.max(1, Math.min(Math.abs(from), Math.abs(to)));
  return to - from <= 1e-3 * size ? "tight" : "loose";
}

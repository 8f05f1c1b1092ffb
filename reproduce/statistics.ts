import jstat from "jstat";

/** Student's t distribution, from a library. */
const studentT: {
  readonly cdf: (t: number, degreesOfFreedom: number) => number;
  readonly inv: (p: number, degreesOfFreedom: number) => number;
} = jstat.studentt;

/** Arithmetic mean; `null` for an empty list. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation, with n − 1; `null` for fewer than two values. */
export function sampleDeviation(values: readonly number[]): number | null {
  const center = mean(values);
  if (center === null || values.length < 2) return null;
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** The result of a paired t test. */
interface PairedTest {
  /** Number of pairs. */
  readonly n: number;
  /** Mean of a − b. */
  readonly difference: number | null;
  /**
   * 95 % confidence interval; `null` for fewer than two pairs, and if all differences are equal
   * and not 0, because the test needs their standard deviation.
   */
  readonly low: number | null;
  readonly high: number | null;
  /** Two-sided p value; `null` if the interval is. */
  readonly p: number | null;
}

/** Student's t test of the differences of pairs [a, b]. */
export function pairedTest(pairs: readonly (readonly [number, number])[]): PairedTest {
  const differences = pairs.map(([a, b]) => a - b);
  const n = differences.length;
  const difference = mean(differences);
  const deviation = sampleDeviation(differences);
  if (difference !== null && n > 1 && differences.every((one) => one === 0)) {
    return { n, difference, low: 0, high: 0, p: 1 };
  }
  const size = Math.max(0, ...pairs.flat().map(Math.abs));
  if (difference === null || deviation === null || deviation <= ROUNDING * size) {
    return { n, difference, low: null, high: null, p: null };
  }
  const error = deviation / Math.sqrt(n);
  const reach = studentT.inv(0.975, n - 1) * error;
  const [low, high] = [difference - reach, difference + reach];
  return { n, difference, low, high, p: 2 * studentT.cdf(-Math.abs(difference) / error, n - 1) };
}

/** Standard deviation that rounding alone can cause, relative to the size of the numbers. */
const ROUNDING = 1e-14;

/** The level of all tests: p values below it are significant. */
export const LEVEL = 0.05;

/**
 * Which tests reject with Holm's correction for multiple comparisons [Holm 1979]. The probability of
 * any false rejection is at most {@linkcode LEVEL}.
 */
export function rejectedByHolm(probabilities: readonly number[]): readonly boolean[] {
  const sorted = probabilities.toSorted((a, b) => a - b);
  const kept = sorted.findIndex((p, k) => !(p <= LEVEL / (sorted.length - k)));
  const last = kept < 0 ? sorted.at(-1) : sorted[kept - 1];
  return probabilities.map((p) => last !== undefined && p <= last);
}

/**
 * Hedges' g of n pairs, from their mean difference and its 95 % interval: the mean difference over
 * the standard deviation of the differences, corrected for small samples [Hedges 1981].
 */
export function hedgesG(
  n: number,
  difference: number,
  [low, high]: readonly [number, number],
): number {
  const deviation = (high - low) / 2 / studentT.inv(0.975, n - 1) * Math.sqrt(n);
  return difference / deviation * (1 - 3 / (4 * (n - 1) - 1));
}

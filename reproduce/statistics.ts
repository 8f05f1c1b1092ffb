import jstat from "jstat";

/** Student's t distribution, from a library. */
const studentT: {
  readonly cdf: (t: number, degreesOfFreedom: number) => number;
  readonly inv: (p: number, degreesOfFreedom: number) => number;
} = jstat.studentt;

/** Arithmetic mean; `null` of nothing. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation, with n − 1; `null` of less than two values. */
export function sampleDeviation(values: readonly number[]): number | null {
  const center = mean(values);
  if (center === null || values.length < 2) return null;
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** What a paired t test says. */
export interface PairedTest {
  /** Number of pairs. */
  readonly n: number;
  /** Mean of a − b. */
  readonly difference: number | null;
  /**
   * 95 % confidence interval of it; `null` for less than two pairs, and for differences that are
   * all one number but 0: a test measures their mean by how they scatter.
   */
  readonly low: number | null;
  readonly high: number | null;
  /** Two-sided probability of such a difference if there were none; `null` with the interval. */
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

/** What subtracting float64 numbers of size 1 may add to a scatter of 0. */
const ROUNDING = 1e-14;

/**
 * How many of these tests still reject at this level when they are corrected for one another
 * [Holm 1979]: the chance that any of them rejects by mistake is at most the level.
 */
export function rejectedByHolm(probabilities: readonly number[], level = 0.05): number {
  const sorted = probabilities.toSorted((a, b) => a - b);
  const kept = sorted.findIndex((p, k) => !(p <= level / (sorted.length - k)));
  return kept < 0 ? sorted.length : kept;
}

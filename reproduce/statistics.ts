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
  /** 95 % confidence interval of it; `null` for less than two pairs. */
  readonly low: number | null;
  readonly high: number | null;
  /** Two-sided probability of such a difference if there were none. */
  readonly p: number | null;
}

/** Student's t test of the differences of pairs [a, b]. */
export function pairedTest(pairs: readonly (readonly [number, number])[]): PairedTest {
  const differences = pairs.map(([a, b]) => a - b);
  const n = differences.length;
  const difference = mean(differences);
  const deviation = sampleDeviation(differences);
  if (difference === null || deviation === null) {
    return { n, difference, low: null, high: null, p: null };
  }
  const error = deviation / Math.sqrt(n);
  const reach = studentT.inv(0.975, n - 1) * error;
  const [low, high] = [difference - reach, difference + reach];
  // differences that are all equal leave nothing to compare their mean with
  if (error === 0) return { n, difference, low, high, p: difference === 0 ? 1 : 0 };
  return { n, difference, low, high, p: 2 * studentT.cdf(-Math.abs(difference) / error, n - 1) };
}

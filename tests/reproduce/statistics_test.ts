// Expected numbers are those of scipy.stats.ttest_rel and its confidence_interval.
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  hedgesG,
  mean,
  pairedTest,
  rejectedByHolm,
  sampleDeviation,
} from "../../reproduce/statistics.ts";
import type { Comparison } from "../../reproduce/summary.ts";
import { comparisonCells, comparisonTitles } from "../../reproduce/describe_comparison.ts";

const near = (actual: number | null, expected: number, tolerance = 1e-7) =>
  assertAlmostEquals(actual ?? NaN, expected, tolerance * Math.max(1, Math.abs(expected)));

const a = [0.4025, 0.4101, 0.3987, 0.4044, 0.4012];
const b = [0.4109, 0.4150, 0.4071, 0.4098, 0.4127];

Deno.test("mean and sample standard deviation match NumPy with ddof=1", () => {
  near(mean(a), 0.40337999999999996);
  near(sampleDeviation(a), 0.004290337982024266);
  assertEquals([mean([]), sampleDeviation([]), sampleDeviation([1])], [null, null, null]);
});

Deno.test("a paired test of five seeds matches SciPy", () => {
  const test = pairedTest(a.map((value, i) => [value, b[i]!]));
  assertEquals(test.n, 5);
  near(test.difference, -0.00772);
  near(test.low, -0.01103712576343062);
  near(test.high, -0.004402874236569366);
  near(test.p, 0.00295411286588078);
});

Deno.test("two pairs have a wide interval", () => {
  const test = pairedTest([[1, 3], [2, 3.5]]);
  near(test.difference, -1.75);
  near(test.low, -4.9265511840436735);
  near(test.high, 1.4265511840436735);
  near(test.p, 0.0903344706017331);
});

Deno.test("thirty pairs with random differences show no significant difference", () => {
  const test = pairedTest(Array.from({ length: 30 }, (_, i) => [0.1 * i, 0.1 * i + Math.sin(i)]));
  near(test.difference, -0.04226939934549579);
  near(test.low, -0.306373183142143);
  near(test.high, 0.22183438445115145);
  near(test.p, 0.745765161059198);
});

Deno.test("fewer than two pairs, or equal differences, cannot be tested", () => {
  assertEquals(pairedTest([]), { n: 0, difference: null, low: null, high: null, p: null });
  assertEquals(pairedTest([[3, 1]]), { n: 1, difference: 2, low: null, high: null, p: null });
  assertEquals(pairedTest([[3, 1], [4, 2]]), {
    n: 2,
    difference: 2,
    low: null,
    high: null,
    p: null,
  });
  // errors of 360 images, which differ by one image each, up to rounding
  const shares = [[84, 83], [71, 70], [99, 98]].map(([a, b]) =>
    [100 * a! / 360, 100 * b! / 360] as const
  );
  assert(new Set(shares.map(([a, b]) => a - b)).size > 1);
  assertEquals(pairedTest(shares).p, null);
});

Deno.test("equal pairs have a difference of 0 and p = 1", () => {
  assertEquals(pairedTest([[3, 3], [1, 1]]), { n: 2, difference: 0, low: 0, high: 0, p: 1 });
  assertEquals(pairedTest([[3, 3]]).p, null);
});

// bounds of four tests: 0.0125, 0.0167, 0.025 and 0.05
Deno.test("Holm's correction rejects in order of p values until the first failure", () => {
  assertEquals(rejectedByHolm([]), []);
  assertEquals(rejectedByHolm([0.04]), [true]);
  assertEquals(rejectedByHolm([0.03, 0.03]), [false, false]);
  assertEquals(rejectedByHolm([0.02, 0.02]), [true, true]);
  assertEquals(rejectedByHolm([0.01, 0.04, 0.03, 0.005]), [true, false, false, true]);
  assertEquals(rejectedByHolm([0.06, 0.001, 0.016, 0.024]), [false, true, true, true]);
  assertEquals(rejectedByHolm([0.06, 0.001, 0.02, 0.024]), [false, true, false, false]);
});

Deno.test("Hedges' g is the mean over the standard deviation of the differences, corrected", () => {
  const differences = [1, 2, 4];
  const { n, difference, low, high } = pairedTest(differences.map((one) => [one, 0]));
  const g = hedgesG(n, difference!, [low!, high!]);
  assertAlmostEquals(g, 7 / 3 / sampleDeviation(differences)! * (1 - 3 / 7), 1e-12);
  assertAlmostEquals(hedgesG(n, -difference!, [-high!, -low!]), -g, 1e-12);
});

Deno.test("two pairs have an interval but no effect size, because the correction would make it 0", () => {
  const { n, difference, low, high, p } = pairedTest([[1, 0], [3, 0]]);
  const about = { group: "", a: "x", b: "y", metric: "loss", unit: "", digits: 1 };
  const comparison = { ...about, n, unpaired: 0, kind: "difference", difference, low, high, p };
  const cells = comparisonCells(comparison as Comparison, false, (value) => value.toFixed(1));
  assertEquals(cells[comparisonTitles.indexOf("g")], "–");
  assertEquals(cells[comparisonTitles.indexOf("pairs")], "2");
  assert(cells[comparisonTitles.indexOf("95 % interval")] !== "–");
});

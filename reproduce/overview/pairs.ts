/**
 * What the tests of a page say about a pair of optimizers, by the rule of docs/results/plan.md: a
 * difference counts if it remains significant with Holm's correction over all tests of the page.
 * @module
 */
import { LEVEL, mean } from "../statistics.ts";
import type { Comparison, Summary } from "../summary.ts";
import { rangeOf, signed, significantWithHolm } from "../describe_comparison.ts";

/** The tests of a pair with one metric, one for each setting. */
export interface Tested {
  readonly metric: string;
  /** Settings in which the first of the two is better, and in which it is worse. */
  readonly better: readonly Comparison[];
  readonly worse: readonly Comparison[];
  /** Settings in which no difference was shown, or that could not be tested. */
  readonly open: readonly Comparison[];
}

/** The tests of `a` against `b`, by metric. */
export function testsOf({ comparisons }: Summary, a: string, b: string): readonly Tested[] {
  const counts = significantWithHolm(comparisons);
  const own = comparisons.map((comparison, i) => ({ comparison, counts: counts[i]! }))
    .filter(({ comparison }) => comparison.a === a && comparison.b === b);
  return [...Map.groupBy(own, ({ comparison }) => comparison.metric)].map(([metric, all]) => {
    const having = (is: (comparison: Comparison) => boolean) =>
      all.filter(({ comparison, counts }) => counts && is(comparison))
        .map(({ comparison }) => comparison);
    return {
      metric,
      better: having(isBetter),
      worse: having((one) => !isBetter(one)),
      open: all.filter(({ counts }) => !counts).map(({ comparison }) => comparison),
    };
  });
}

/** The tests of all settings. */
export function allOf({ better, worse, open }: Tested): readonly Comparison[] {
  return [...better, ...worse, ...open];
}

function isBetter({ difference, better }: Comparison): boolean {
  return (difference! < 0) === (better === "lower");
}

/**
 * `Test error: better in 1 of 4 settings (PlainNet-32: −2.10 points), no difference counts in 3
 * (without the correction, 2 better), mean −1.20 points.`
 */
export function testedText(tested: Tested): string {
  const { metric, better, worse, open } = tested;
  const all = allOf(tested);
  const found = [["better", better], ["worse", worse]] as const;
  const parts = found.flatMap(([word, ones]) =>
    ones.length === 0 ? [] : [
      `${word} in ${ones.length} of ${all.length} settings (${
        ones.map(differenceText).join(", ")
      })`,
    ]
  );
  const rest = [...openText(open, all.length), ...meanDifferenceText(all)];
  return `${capitalized(metric)}: ${[...parts, ...rest].join(", ")}.`;
}

/** What is said of the settings without a difference that counts, of `total` settings. */
function openText(open: readonly Comparison[], total: number): readonly string[] {
  const untested = open.filter(({ p }) => p === null).length;
  const shown = open.length - untested;
  const where = shown === total ? "" : ` in ${shown}`;
  return [
    ...shown === 0 ? [] : [`no difference counts${where}${uncorrectedText(open)}`],
    ...untested === 0 ? [] : [`${untested} cannot be tested`],
  ];
}

/** What differences that do not count would be without the correction for many tests. */
export function uncorrectedText(open: readonly Comparison[]): string {
  const found = open.filter(({ p }) => p !== null && p < LEVEL);
  if (found.length === 0) return "";
  const better = found.filter(isBetter).length;
  const sides = [[better, "better"], [found.length - better, "worse"]] as const;
  const words = sides.flatMap(([n, word]) => n === 0 ? [] : [`${n} ${word}`]);
  return ` (without the correction, ${words.join(" and ")})`;
}

function differenceText(comparison: Comparison): string {
  const { group, difference } = comparison;
  const value = signed(difference!, comparison);
  return group === "" ? value : `${group}: ${value}`;
}

/**
 * The mean difference over settings, since several that do not count may still add up, and the
 * range: `mean +0.16 points (−4.41 to +4.74 points)`.
 */
export function meanDifferenceText(all: readonly Comparison[]): readonly string[] {
  const known = all.flatMap(({ difference }) => difference ?? []);
  const value = mean(known);
  if (value === null) return [];
  const range = rangeOf(known, all[0]!);
  return [`mean ${signed(value, all[0]!)}${range === "" ? "" : ` (${range})`}`];
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

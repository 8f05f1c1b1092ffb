/**
 * What the tests of a page say about a pair of optimizers, by the rule of docs/results/plan.md: a
 * difference counts if it remains significant with Holm's correction over all tests of the page.
 * @module
 */
import { mean } from "../statistics.ts";
import type { Comparison, Summary } from "../summary.ts";
import { signed, significantWithHolm } from "../words.ts";

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

function isBetter({ difference, better }: Comparison): boolean {
  return (difference! < 0) === (better === "lower");
}

/** `test error is better in 1 of 4 settings (PlainNet-32: −2.10 points), no difference shown in 3`. */
export function testedText({ metric, better, worse, open }: Tested): string {
  const total = better.length + worse.length + open.length;
  const found = [["is better", better], ["is worse", worse]] as const;
  const parts = found.flatMap(([word, ones]) =>
    ones.length === 0 ? [] : [
      `${word} in ${ones.length} of ${total} settings (${ones.map(differenceText).join(", ")})`,
    ]
  );
  const rest = open.length === 0 ? [] : [
    open.length === total ? "shows no difference" : `no difference shown in ${open.length}`,
  ];
  const difference = meanText([...better, ...worse, ...open]);
  return `${metric} ${[...parts, ...rest].join(", ")}${difference}`;
}

function differenceText(comparison: Comparison): string {
  const { group, difference } = comparison;
  const value = signed(difference!, comparison);
  return group === "" ? value : `${group}: ${value}`;
}

/** The mean difference over settings, since several that do not count may still add up. */
function meanText(all: readonly Comparison[]): string {
  const value = mean(all.flatMap(({ difference }) => difference ?? []));
  return value === null ? "" : ` (mean ${signed(value, all[0]!)})`;
}

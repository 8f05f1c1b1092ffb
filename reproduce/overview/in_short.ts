/**
 * A summary of all result pages in a few sentences.
 * @module
 */
import { armLabel } from "../measured.ts";
import type { Comparison, Summary } from "../summary.ts";
import { describe } from "../describe_comparison.ts";
import type { OverviewItem } from "./item.ts";
import { allOf, meanDifferenceText, type Tested, testsOf, uncorrectedText } from "./pairs.ts";
import { verdictOn } from "./verdicts.ts";

/** An item that has results. */
type Known = OverviewItem & { readonly result: Summary };

/** One entry for each question: invariance, accuracy as in the paper, G-SGD itself, and cost. */
export function inShort(items: readonly OverviewItem[]): readonly string[] {
  const known = items.filter((item): item is Known => typeof item.result !== "string");
  const of = (kind: string) => known.filter(({ experiment }) => experiment.verdict === kind);
  const whole = (start: string, kind: string) =>
    of(kind).map(({ experiment, result }) =>
      `${start} ${verdictOn(experiment, result).conclusion}`
    );
  return [
    ...whole("**What is invariant?**", "invariance"),
    ...against(
      "**Is G-SGD better than SGD from its usual initial weights, as in the paper?**",
      of("accuracy"),
      "sgd",
    ),
    ...against(
      "**Is it better than SGD from the same initial weights?**",
      of("accuracy"),
      "sgd-skeleton",
    ),
    ...whole("**What does it cost?**", "throughput"),
  ];
}

/** The tests of G-SGD against an optimizer on all pages, by metric. */
function against(start: string, items: readonly Known[], arm: string): readonly string[] {
  const tests = items.flatMap(({ experiment, result }) =>
    testsOf(result, armLabel(experiment, "gsgd"), armLabel(experiment, arm))
      .map((tested) => ({ tested, page: experiment.what }))
  );
  if (tests.length === 0) return [];
  const pages = [...new Set(tests.map(({ page }) => page))];
  const metrics = [...Map.groupBy(tests, ({ tested }) => tested.metric)];
  const parts = metrics.map(([metric, own]) => {
    const sum = (side: (one: Tested) => readonly Comparison[]) =>
      own.flatMap(({ tested }) => side(tested));
    const [all, open] = [sum(allOf), sum((one) => one.open)];
    return [
      `${metric}, better in ${sum(({ better }) => better).length} of ${all.length} settings`,
      `worse in ${sum(({ worse }) => worse).length}`,
      ...(open.length === 0 ? [] : [`not shown in ${open.length}${uncorrectedText(open)}`]),
      ...meanDifferenceText(all),
    ].join(", ");
  });
  const all = tests.flatMap(({ tested }) => allOf(tested));
  return [
    `${start} By the differences that count (${pages.join(", ")}): ${parts.join("; ")}. ` +
    mostUncertain(all),
  ];
}

/** The widest interval of a test error: how large a difference could have been missed. */
function mostUncertain(all: readonly Comparison[]): string {
  const widths = all.filter(({ low, high, unit }) => low !== null && high !== null && unit === "%");
  const widest = widths.toSorted((a, b) => (b.high! - b.low!) - (a.high! - a.low!))[0];
  return widest === undefined ? "" : `The least certain: ${describe(widest)}`;
}

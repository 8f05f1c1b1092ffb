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

/** One entry for each question: accuracy as in the paper, G-SGD itself, cost, and invariance. */
export function inShort(items: readonly OverviewItem[]): readonly string[] {
  const known = items.filter((item): item is Known => typeof item.result !== "string");
  const of = (kind: string) => known.filter(({ experiment }) => experiment.verdict === kind);
  const whole = (start: string, kind: string) =>
    of(kind).map(({ experiment, result }) =>
      `${start} ${verdictOn(experiment, result).conclusion}`
    );
  return [
    ...inOneSentence(of("accuracy")),
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
    ...whole("**What is invariant?**", "invariance"),
  ];
}

/** What the differences of test errors that count say, for both kinds of initial weights. */
function inOneSentence(items: readonly Known[]): readonly string[] {
  const starts = [["sgd", "its usual"], ["sgd-skeleton", "the same"]] as const;
  const parts = starts.flatMap(([arm, start]) => {
    const tests = items.flatMap(({ experiment, result }) =>
      testsOf(result, armLabel(experiment, "gsgd"), armLabel(experiment, arm))
    ).filter(({ metric }) => metric === "test error");
    const number = (side: "better" | "worse" | "open") => tests.flatMap((one) => one[side]).length;
    const total = number("better") + number("worse") + number("open");
    return total === 0 ? [] : [
      `than SGD from ${start} initial weights in ` +
      `${number("better")} of ${total} settings, and a higher one in ${number("worse")}`,
    ];
  });
  if (parts.length === 0) return [];
  return [
    `**What does G-SGD give?** By the differences that count, it has a lower test error ` +
    `${parts.join("; ")}.`,
  ];
}

/** A test of one metric, and the page that it is on. */
interface OnPage {
  readonly tested: Tested;
  readonly page: string;
}

/** The tests of G-SGD against an optimizer on all pages, by metric. */
function against(start: string, items: readonly Known[], arm: string): readonly string[] {
  const tests = items.flatMap(({ experiment, result }) =>
    testsOf(result, armLabel(experiment, "gsgd"), armLabel(experiment, arm))
      .map((tested): OnPage => ({ tested, page: experiment.what }))
  );
  if (tests.length === 0) return [];
  const pages = [...new Set(tests.map(({ page }) => page))];
  const parts = [...Map.groupBy(tests, ({ tested }) => tested.metric)].map(metricText);
  const all = tests.flatMap(({ tested }) => allOf(tested));
  const answer = `${start} By the differences that count (${pages.join(", ")}):`;
  return [[answer, ...parts, ...certainty(all)].join("\n  - ")];
}

/** `test error: of 16 settings better in 1 (fig4, h = 8), worse in 0, not shown in 15, mean …`. */
function metricText([metric, own]: readonly [string, readonly OnPage[]]): string {
  const sum = (side: "better" | "worse" | "open") => own.flatMap(({ tested }) => tested[side]);
  const where = (side: "better" | "worse") => {
    const settings = own.flatMap(({ tested, page }) =>
      tested[side].map(({ group }) => group === "" ? page : `${page}, ${group}`)
    );
    return `${settings.length}${settings.length === 0 ? "" : ` (${settings.join("; ")})`}`;
  };
  const all = own.flatMap(({ tested }) => allOf(tested));
  const open = sum("open");
  return [
    `${metric}: of ${all.length} settings better in ${where("better")}`,
    `worse in ${where("worse")}`,
    ...(open.length === 0 ? [] : [`not shown in ${open.length}${uncorrectedText(open)}`]),
    ...meanDifferenceText(all),
  ].join(", ") + ".";
}

/** How large a difference of test errors can have been missed. */
function certainty(all: readonly Comparison[]): readonly string[] {
  const tested = all.filter(({ low, high, unit }) => low !== null && high !== null && unit === "%");
  const wide = tested.map((comparison) => ({ comparison, reach: reachOf(comparison) }))
    .toSorted((a, b) => a.reach - b.reach);
  const [first, last] = [wide[0], wide.at(-1)];
  if (!first || !last) return [];
  const middle = wide[Math.floor((wide.length - 1) / 2)]!;
  const points = ({ reach, comparison }: typeof first) => reach.toFixed(comparison.digits);
  return [
    "how sure: the 95 % intervals of the differences in test error reach " +
    `${points(first)} to ${points(last)} points to each side, half of them at most ` +
    `${points(middle)}; smaller differences can have been missed. The widest: ` +
    describe(last.comparison),
  ];
}

/** Half of the width of an interval. */
function reachOf({ low, high }: Comparison): number {
  return (high! - low!) / 2;
}

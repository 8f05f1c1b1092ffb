import type { Experiment } from "../experiment.ts";
import { armLabel } from "../measured.ts";
import type { Summary } from "../summary.ts";
import { describe, signed, significantWithHolm } from "../describe_comparison.ts";
import { type Tested, testedText, testsOf } from "./pairs.ts";

/** The conclusion of a page and the numbers that it follows from. */
export interface Verdict {
  readonly conclusion: string;
  readonly evidence: readonly string[];
}

/** Draws the conclusion from the numbers of a page. */
export function verdictOn(experiment: Experiment, summary: Summary): Verdict {
  return verdicts[experiment.verdict](experiment, summary);
}

const verdicts: Readonly<
  Record<Experiment["verdict"], (experiment: Experiment, summary: Summary) => Verdict>
> = {
  accuracy,
  signs,
  throughput,
  // its own page draws the conclusion from all pairs
  invariance: (_, { verdict: [conclusion = ""] }) => ({ conclusion, evidence: [] }),
};

/** Pairs of optimizers; the claims of the paper are about the first pair that a page has. */
const pairs: readonly (readonly [a: string, b: string, start: string])[] = [
  ["gsgd", "path-sgd", "Compared with Path-SGD, as in the paper"],
  ["gsgd", "sgd", "Compared with SGD from its usual initial weights, as in the paper"],
  ["gsgd", "sgd-skeleton", "Compared with SGD from the same initial weights"],
];

/** Pairs that explain the others. */
const others: readonly (readonly [a: string, b: string])[] = [
  ["sgd-skeleton", "sgd"],
  ["gsgd", "path-sgd-skeleton"],
  ["gsgd-keep", "sgd"],
  ["gsgd-gauge", "sgd"],
];

function accuracy(experiment: Experiment, summary: Summary): Verdict {
  const label = (arm: string) => armLabel(experiment, arm);
  const found = [...pairs, ...others].flatMap(([a, b, start]) => {
    const tested = testsOf(summary, label(a), label(b));
    return tested.length === 0 ? [] : [{ a, b, start, tested }];
  });
  return {
    conclusion: [
      `**${claimText(found[0]?.tested ?? [])}.**`,
      ...found.flatMap(({ a, b, start, tested }) => {
        if (!start) return [];
        const sentence = `${start}, ${outcome(tested)}.`;
        if (a !== "gsgd" || b !== "sgd") return [sentence];
        return [
          sentence,
          ...control(tested, testsOf(summary, label("sgd-skeleton"), label("sgd"))),
        ];
      }),
    ].join(" "),
    evidence: [
      ...found.map(({ a, b, tested }) =>
        `${label(a)} against ${label(b)}. ${tested.map(testedText).join(" ")}`
      ),
      ...divergences(summary),
    ],
  };
}

/** Whether the differences that count are those that the paper claims, and if in one metric only. */
function claimText(tested: readonly Tested[]): string {
  const number = (side: "better" | "worse" | "open") =>
    tested.reduce((sum, one) => sum + one[side].length, 0);
  if (number("worse") > 0) return number("better") > 0 ? "Contradicted in part" : "Contradicted";
  if (number("better") === 0) return "Not shown";
  if (number("open") === 0) return "Supported";
  const [metric, ...more] = tested.filter(({ better }) => better.length > 0);
  const isOnly = tested.length > 1 && more.length === 0;
  return `Supported in part${isOnly ? `, in ${metric!.metric} only` : ""}`;
}

/** What all metrics say together: `G-SGD is better in train loss (2 of 4 settings)`. */
function outcome(tested: readonly Tested[]): string {
  const side = (word: "better" | "worse") => {
    const found = tested.filter((one) => one[word].length > 0);
    const parts = found.map((one) => {
      const { metric, better, worse, open } = one;
      return `${metric} (${one[word].length} of ${
        better.length + worse.length + open.length
      } settings)`;
    });
    return parts.length === 0 ? [] : [`G-SGD is ${word} in ${parts.join(" and ")}`];
  };
  const sides = [...side("better"), ...side("worse")];
  return sides.length === 0 ? "no difference counts" : sides.join(", and ");
}

/**
 * Whether SGD with the initial weights of G-SGD differs from SGD in the same way as G-SGD does, in
 * the settings in which that counts: whether the initial weights alone make the difference.
 */
function control(tested: readonly Tested[], ofSkeleton: readonly Tested[]): readonly string[] {
  return (["better", "worse"] as const).flatMap((side) => {
    const parts = tested.flatMap((one) => {
      const same = ofSkeleton.find(({ metric }) => metric === one.metric);
      if (one[side].length === 0 || !same) return [];
      const also = one[side].filter(({ group }) => same[side].some((own) => own.group === group));
      return [{ metric: one.metric, also: also.length, of: one[side].length }];
    });
    if (parts.length === 0) return [];
    const start = "With the initial weights of G-SGD, SGD is";
    if (parts.every(({ also }) => also === 0)) {
      return [`${start} not shown to be ${side} in the same settings.`];
    }
    const counts = parts.map(({ metric, also, of }) => `${metric} (${also} of ${of})`);
    return [`${start} ${side} in the same settings, too: in ${counts.join(" and ")}.`];
  });
}

function divergences({ tables: [table] }: Summary): readonly string[] {
  return (table?.rows ?? []).flatMap(({ group, label, cells: [cell] }) => {
    if (!cell || cell.diverged === 0) return [];
    const where = group === "" ? "" : `${group}: `;
    return [`${where}${cell.diverged} of ${cell.n + cell.diverged} runs of ${label} diverged.`];
  });
}

/** The change of throughput, which the claim of the paper also gives. */
function throughput(_: Experiment, { comparisons, verdict }: Summary): Verdict {
  const differences = comparisons.flatMap(({ difference }) => difference ?? []);
  const found = significantWithHolm(comparisons).filter(Boolean).length;
  const most = comparisons.flatMap(({ low }) => low ?? []);
  const [first] = comparisons;
  if (!first || differences.length === 0 || most.length === 0) {
    return { conclusion: "Nothing could be compared.", evidence: [] };
  }
  const number = (value: number) => signed(value, first);
  return {
    conclusion: `The throughput of ${first.a} relative to that of ${first.b} differs by ` +
      `${number(Math.min(...differences))} to ${number(Math.max(...differences))} in ` +
      `${comparisons.length} settings; ${found} of these ${
        found === 1 ? "counts" : "count"
      }, and no 95 % interval ` +
      `goes below ${number(Math.min(...most))}.`,
    evidence: verdict,
  };
}

function signs(_: Experiment, { comparisons }: Summary): Verdict {
  const isSignificant = significantWithHolm(comparisons);
  const found = comparisons.filter((_, i) => isSignificant[i]);
  return {
    conclusion: found.length === 0
      ? `**Not contradicted.** Random signs of the skeleton weights make no difference that counts (${comparisons.length} ` +
        "tests)."
      : `**Contradicted.** ${found.length} of ${comparisons.length} differences between random signs and all 1 count.`,
    evidence: found.map(describe),
  };
}

/**
 * The conclusions of a reproduction, as sentences computed from the numbers. Their wording does
 * not depend on whether the numbers support the paper.
 * @module
 */
import { counted } from "../graph/counted.ts";
import type { Compared } from "./comparisons.ts";
import type { Experiment } from "./experiment.ts";
import { invarianceSentences } from "./invariance.ts";
import { armLabel, groupBy, type Measured } from "./measured.ts";
import { scalingSentences } from "./scaling.ts";
import { LEVEL, mean, rejectedByHolm } from "./statistics.ts";
import type { Summary } from "./summary.ts";
import { describe, rangeOf, signed, significantWithHolm, tally } from "./describe_comparison.ts";

/** The data of a verdict. */
interface Evidence {
  readonly experiment: Experiment;
  readonly measured: readonly Measured[];
  readonly compared: readonly Compared[];
  readonly points: Summary["points"];
}

/** All sentences. The first is the conclusion. */
export function verdictOf(evidence: Evidence): readonly string[] {
  return [...sentences[evidence.experiment.verdict](evidence), ...cautions(evidence)];
}

const sentences: Readonly<
  Record<Experiment["verdict"], (evidence: Evidence) => readonly string[]>
> = {
  accuracy,
  throughput,
  invariance: ({ experiment, measured }) => invarianceSentences(experiment, measured),
  signs,
};

/** Separates the effect of G-SGD from that of its initial weights. */
function accuracy({ compared, experiment }: Evidence): readonly string[] {
  const about = (a: string, b: string) =>
    compared.filter(({ spec }) => spec.a.arm === a && spec.b.arm === b);
  const fair = about("gsgd", "sgd-skeleton");
  const others: readonly (readonly [string, string, string])[] = [
    ["gsgd", "sgd", "The paper's comparison, with the usual initial weights for SGD"],
    ["sgd-skeleton", "sgd", "Effect of the initial weights alone"],
    ["gsgd", "frozen-skeleton", "Control with frozen free weights"],
    ["gsgd-keep", "sgd", "Without the initial weights of the paper"],
    ["gsgd-gauge", "sgd", "Without them, but rescaled"],
    ["gsgd", "path-sgd", "Path-SGD, each optimizer at its own best learning rate"],
    ["gsgd", "path-sgd-skeleton", "Path-SGD from the same initial weights"],
  ];
  const method = armLabel(experiment, "gsgd");
  return [
    ...decomposition(fair, about("sgd-skeleton", "sgd"), compared),
    `Effect of ${method} itself, compared with SGD from the same initial weights: ${tally(fair)}`,
    ...others.flatMap(([a, b, start]) => {
      const found = about(a, b);
      if (found.length === 0) return [];
      return [
        `${start} (${armLabel(experiment, a)} vs. ${armLabel(experiment, b)}): ${tally(found)}`,
      ];
    }),
    ...bySetting(fair, about("sgd-skeleton", "sgd")),
    ...fair.map(({ comparison }) => describe(comparison)),
  ];
}

/**
 * Splits the difference between SGD and G-SGD into the effect of the initial weights and that of
 * the optimizer, in the mean over all settings, and says how many of the differences count.
 */
function decomposition(
  fair: readonly Compared[],
  first: readonly Compared[],
  all: readonly Compared[],
): readonly string[] {
  const parts = splits(fair, first);
  if (parts.length === 0) return [];
  const [from, to] = [first[0]?.comparison.b, fair[0]?.comparison.a];
  const start = `From ${from} to ${to}, ${parts.join("; ")}.`;
  const counts = significantWithHolm(all.map(({ comparison }) => comparison));
  const own = new Set([...fair, ...first].filter(({ comparison }) => comparison.p !== null));
  if (own.size === 0) return [start];
  const found = all.filter((one, i) => own.has(one) && counts[i]).length;
  return [
    `${start} ${found === 0 ? "None" : found} of the ${counted(own.size, "test")} behind this ` +
    `${found > 1 ? "show" : "shows"} a difference with Holm's correction.`,
  ];
}

/** The same for each of several settings. */
function bySetting(fair: readonly Compared[], first: readonly Compared[]): readonly string[] {
  const settings = groupBy(fair, ({ comparison }) => comparison.group);
  if (settings.length < 2) return [];
  return settings.flatMap((own) => {
    const parts = splits(own, first);
    return parts.length === 0 ? [] : [`${own[0]!.comparison.group}: ${parts.join("; ")}.`];
  });
}

/** One part for each metric: the mean over all settings in which both effects are known. */
function splits(fair: readonly Compared[], first: readonly Compared[]): readonly string[] {
  return groupBy(fair, ({ metric }) => metric).flatMap((group) => {
    const pairs = group.flatMap(({ metric, comparison: left }) => {
      const weights = first.find((other) =>
        other.metric === metric && other.comparison.group === left.group
      )?.comparison;
      if (!weights || weights.difference === null || left.difference === null) return [];
      const isWhole = weights.unpaired === 0 && left.unpaired === 0;
      return [{ weights: weights.difference, left: left.difference, isWhole }];
    });
    const weights = mean(pairs.map((pair) => pair.weights));
    const left = mean(pairs.map((pair) => pair.left));
    if (weights === null || left === null) return [];
    const { comparison } = group[0]!;
    const number = (value: number) => signed(value, comparison);
    const range = rangeOf(pairs.map((pair) => pair.weights + pair.left), comparison);
    const where = group.length > 1
      ? ` (mean over ${pairs.length} settings${range === "" ? "" : `, ${range}`})`
      : "";
    const seeds = pairs.every(({ isWhole }) => isWhole) ? "" : ", excluding seeds that diverged";
    return [
      `${comparison.metric} changes by ${number(weights + left)}${where}: ${
        number(weights)
      } from ` +
      `the initial weights and ${number(left)} from ${comparison.a} itself${seeds}`,
    ];
  });
}

/** The effect of the signs of the skeleton weights. */
function signs({ compared, experiment }: Evidence): readonly string[] {
  return [
    ...groupBy(compared, ({ spec }) => String(spec.a.arm)).map((own) =>
      `Random signs of the skeleton weights vs. all 1, with ` +
      `${armLabel(experiment, String(own[0]!.spec.a.arm))}: ${tally(own)}`
    ),
    ...compared.map(({ comparison }) => describe(comparison)),
  ];
}

function throughput({ compared, measured, experiment }: Evidence): readonly string[] {
  const devices = new Set(measured.flatMap(({ result }) => result ? [result.device] : []));
  return [
    ...compared.map(({ comparison }) => describe(comparison)),
    ...scalingSentences(experiment, measured),
    `Measured on ${[...devices].join(" and ") || "no device yet"}, with the optimizers in turn.`,
  ];
}

function cautions({ compared, points, measured }: Evidence): readonly string[] {
  const runs = measured.flatMap(({ result }) => result ?? []);
  const diverged = runs.filter(({ status }) => status === "diverged").length;
  const elsewhere = points.diverged - diverged;
  return [
    ...manyTests(compared.flatMap(({ comparison: { p } }) => p ?? [])),
    ...(diverged > 0
      ? [`${diverged} of ${runs.length} runs diverged. The means exclude diverged runs.`]
      : []),
    ...(elsewhere > 0
      ? [`${counted(elsewhere, "run")} of the hyperparameter search diverged.`]
      : []),
    ...(points.done < points.total
      ? [
        `Only ${points.done} of ${points.total} runs are finished: the numbers are partial.`,
      ]
      : []),
  ];
}

/** Compares the number of significant tests with the number expected by chance. */
function manyTests(probabilities: readonly number[]): readonly string[] {
  const tests = probabilities.length;
  if (tests < 2) return [];
  const byChance = Math.round(LEVEL * tests * 10) / 10;
  const found = probabilities.filter((p) => p < LEVEL).length;
  const kept = rejectedByHolm(probabilities).filter(Boolean).length;
  return [
    `The ${tests} tests are not corrected for multiple comparisons: without any true difference, ` +
    `about ${byChance} of the intervals would exclude 0 by chance. ` +
    (found === 0
      ? "None does."
      : `${found} ${found === 1 ? "does" : "do"}; with Holm's correction, ${kept} still ${
        kept === 1 ? "does" : "do"
      }.`),
  ];
}

/**
 * What the data say, in sentences made from the numbers alone: they read the same whether or
 * not they favour the paper.
 * @module
 */
import type { Compared } from "./comparisons.ts";
import type { Experiment } from "./experiment.ts";
import { invarianceSentences } from "./invariance.ts";
import { armLabel, groupBy, type Measured } from "./measured.ts";
import { mean, rejectedByHolm } from "./statistics.ts";
import type { PointCounts } from "./summary.ts";
import { describe, signed, tally } from "./words.ts";

/** What a verdict is made from. */
export interface Evidence {
  readonly experiment: Experiment;
  readonly measured: readonly Measured[];
  readonly compared: readonly Compared[];
  readonly points: PointCounts;
}

/** All sentences; the first is the conclusion. */
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

/** What is left of G-SGD's gain when the first weights are the same. */
function accuracy({ compared, experiment }: Evidence): readonly string[] {
  const about = (a: string, b: string) =>
    compared.filter(({ spec }) => spec.a.arm === a && spec.b.arm === b);
  const fair = about("gsgd", "sgd-skeleton");
  const others: readonly (readonly [string, string, string])[] = [
    ["gsgd", "sgd", "Compared as the paper does, with SGD from its usual first weights:"],
    ["sgd-skeleton", "sgd", "What the first weights alone do:"],
    ["gsgd", "frozen-skeleton", "Against the control whose free weights are frozen:"],
    ["gsgd", "path-sgd", "Against Path-SGD, each at its own best rate:"],
    ["gsgd", "path-sgd-skeleton", "Against Path-SGD from the same first weights:"],
  ];
  const method = armLabel(experiment, "gsgd");
  return [
    ...decomposition(fair, about("sgd-skeleton", "sgd")),
    `What is left for ${method} against SGD from the same first weights: ${tally(fair)}`,
    ...others.flatMap(([a, b, start]) => {
      const found = about(a, b);
      if (found.length === 0) return [];
      return [
        `${start} ${armLabel(experiment, a)} against ${armLabel(experiment, b)}: ${tally(found)}`,
      ];
    }),
    ...fair.map(({ comparison }) => describe(comparison)),
  ];
}

/**
 * The way from SGD to G-SGD in two parts: to other first weights, and from there to another
 * optimizer. Means over all settings in which both parts are known.
 */
function decomposition(fair: readonly Compared[], first: readonly Compared[]): readonly string[] {
  const parts = groupBy(fair, ({ metric }) => metric).flatMap((group) => {
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
    const where = group.length > 1 ? ` in the mean over ${pairs.length} settings` : "";
    const seeds = pairs.every(({ isWhole }) => isWhole) ? "" : ", without seeds that diverged";
    return [
      `${comparison.metric} changes${where} by ${number(weights + left)}, of which ` +
      `${number(weights)} come with the first weights and ${number(left)} with ` +
      `${comparison.a} itself${seeds}`,
    ];
  });
  const [from, to] = [first[0]?.comparison.b, fair[0]?.comparison.a];
  return parts.length === 0 ? [] : [`From ${from} to ${to}: ${parts.join("; ")}.`];
}

/** Does it matter which signs the skeleton weights have? The paper asks it of G-SGD. */
function signs({ compared, experiment }: Evidence): readonly string[] {
  return [
    ...groupBy(compared, ({ spec }) => String(spec.a.arm)).map((own) =>
      `Random signs of the skeleton weights against all 1, with ` +
      `${armLabel(experiment, String(own[0]!.spec.a.arm))}: ${tally(own)}`
    ),
    ...compared.map(({ comparison }) => describe(comparison)),
  ];
}

function throughput({ compared, measured }: Evidence): readonly string[] {
  const devices = new Set(measured.flatMap(({ result }) => result ? [result.device] : []));
  return [
    ...compared.map(({ comparison }) => describe(comparison)),
    `Measured on ${[...devices].join(" and ") || "no device yet"}; a run at a time, in turn.`,
  ];
}

function cautions({ compared, points, measured }: Evidence): readonly string[] {
  const runs = measured.flatMap(({ result }) => result ?? []);
  const diverged = runs.filter(({ status }) => status === "diverged").length;
  const elsewhere = points.diverged - diverged;
  return [
    ...manyTests(compared.flatMap(({ comparison: { p } }) => p ?? [])),
    ...(diverged > 0 ? [`${diverged} of ${runs.length} runs diverged; they are in no mean.`] : []),
    ...(elsewhere > 0
      ? [`${elsewhere} ${elsewhere === 1 ? "run" : "runs"} of the search for settings diverged.`]
      : []),
    ...(points.done < points.total
      ? [
        `${
          points.total - points.done
        } of ${points.total} runs are not done: the numbers are partial.`,
      ]
      : []),
  ];
}

/** How many of several tests would find something in nothing, and how many found something. */
function manyTests(probabilities: readonly number[]): readonly string[] {
  const tests = probabilities.length;
  if (tests < 2) return [];
  const byChance = Math.round(0.05 * tests * 10) / 10;
  const found = probabilities.filter((p) => p < 0.05).length;
  const kept = rejectedByHolm(probabilities);
  return [
    `These are ${tests} tests, none corrected for the others: if there were no difference at all, ` +
    `about ${byChance} of the intervals would leave 0 out by chance. ` +
    (found === 0
      ? "None does."
      : `${found} ${found === 1 ? "does" : "do"}, and ${kept} still would if all were corrected ` +
        "for one another (Holm's method)."),
  ];
}

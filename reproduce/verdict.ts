/**
 * What the data say, in sentences made from the numbers alone: they read the same whether or
 * not they favour the paper.
 * @module
 */
import type { Compared } from "./comparisons.ts";
import type { Experiment } from "./experiment.ts";
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
> = { accuracy, throughput, invariance, signs };

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

/** How far apart the twins of an arm went, under one kind of rescaling, at the end. */
interface Distance {
  readonly arm: string;
  readonly scaling: string;
  readonly steps: number;
  readonly pairs: number;
  /** The largest; infinite if a value is. */
  readonly worst: number;
}

/** Who sees a rescaling, and by how much. */
function invariance({ experiment, measured }: Evidence): readonly string[] {
  const distances = distancesOf(experiment, measured);
  const arms = groupBy(distances, ({ arm }) => arm).map((own) => ({
    name: armLabel(experiment, own[0]!.arm),
    most: Math.max(...own.map(({ worst }) => worst)),
    least: Math.min(...own.map(({ worst }) => worst)),
  }));
  // equal bits under exact factors are no accident; what other factors add to them is rounding
  const isBlind = ({ most, least }: typeof arms[number]) =>
    Number.isFinite(most) && (least === 0 || most <= ROUNDING);
  const blind = arms.filter(isBlind);
  const seeing = arms.filter((arm) => !isBlind(arm));
  const each = (size: "most" | "least") => (arm: typeof arms[number]) =>
    `${arm.name} (${sizeText(arm[size])})`;
  return [
    [
      ...(blind.length > 0
        ? [
          `The rescaling is not seen, but for rounding, by ${
            listed(blind.map(each("most")))
          }; in ` +
          `brackets, how far path values were apart at most.`,
        ]
        : []),
      ...(seeing.length > 0
        ? [`It is seen by ${listed(seeing.map(each("least")))}; how far they were apart at least.`]
        : []),
    ].join(" "),
    ...distances.map(({ arm, scaling, steps, pairs, worst }) =>
      `${armLabel(experiment, arm)}, hidden units rescaled ${scaling}: after ${steps} steps the ` +
      `values of the basis paths ${farText(worst)} (${pairs} ${pairs === 1 ? "pair" : "pairs"}).`
    ),
  ].filter((sentence) => sentence !== "");
}

/** What rounding alone may do in so many steps [spec §12.2]. */
const ROUNDING = 2e-5;

function distancesOf(
  { twins }: Experiment,
  measured: readonly Measured[],
): readonly Distance[] {
  if (!twins) return [];
  const pairs = measured.filter(({ result }) => result?.twin !== undefined);
  const keyOf = ({ point: { arm, axes } }: Measured) => JSON.stringify([arm, axes[twins.axis]]);
  return groupBy(pairs, keyOf).map((runs): Distance => {
    const { arm, axes } = runs[0]!.point;
    const stepsOf = ({ result }: Measured) => result?.end?.step ?? 0;
    const steps = Math.max(...runs.map(stepsOf));
    const last = runs.filter((run) => stepsOf(run) === steps);
    const worst = Math.max(...last.map(({ result }) => result?.twin?.pathDifference ?? Infinity));
    return { arm, scaling: String(axes[twins.axis]), steps, pairs: last.length, worst };
  });
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function farText(worst: number): string {
  if (worst === 0) return "are equal bit for bit";
  return Number.isFinite(worst)
    ? `differ by at most ${sizeText(worst)} of the largest`
    : "are not all finite";
}

/** Two digits, in powers of ten if it is small. */
function sizeText(value: number): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return "not finite";
  return value < 0.01 ? value.toExponential(1) : String(Number(value.toPrecision(2)));
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

/**
 * Weak scaling: the throughput on several ranks, each with the same batch size, relative to one.
 * @module
 */
import { counted } from "../graph/counted.ts";
import type { Experiment } from "./experiment.ts";
import { armLabel, axesLabel, groupBy, type Measured, without } from "./measured.ts";
import { metricOf } from "./metrics.ts";
import { mean } from "./statistics.ts";

const { of: imagesPerSecond } = metricOf("imagesPerSecond");

/** For each setting and optimizer, how the throughput grows with the number of ranks. */
export function scalingSentences(
  experiment: Experiment,
  measured: readonly Measured[],
): readonly string[] {
  const series = groupBy(
    measured,
    ({ point: { arm, axes } }) => JSON.stringify([without(axes, ["ranks"]), arm]),
  );
  return series.flatMap((runs) => {
    const { arm, axes } = runs[0]!.point;
    const start = [axesLabel(experiment, without(axes, ["ranks"])), armLabel(experiment, arm)]
      .filter((part) => part !== "").join(", ");
    const several = groupBy(runs.filter((run) => ranksOf(run) > 1), (run) => String(ranksOf(run)));
    return several.flatMap((own) => sentence(start, own, runs));
  });
}

function ranksOf({ point: { ranks = 1 } }: Measured): number {
  return ranks;
}

/** The mean over repetitions of the throughput relative to the run with the same seed on one rank. */
function sentence(
  start: string,
  own: readonly Measured[],
  all: readonly Measured[],
): readonly string[] {
  const ratios = own.flatMap((run) => {
    const one = all.find((other) => ranksOf(other) === 1 && other.point.seed === run.point.seed);
    const [many, single] = [run, one].map((each) =>
      each?.result ? imagesPerSecond(each.result) : null
    );
    return many == null || single == null ? [] : [many / single];
  });
  const ratio = mean(ratios);
  if (ratio === null) return [];
  const ranks = ranksOf(own[0]!);
  return [
    `${start}: ${ranks} ranks process ${ratio.toFixed(2)} times the images per second of one, an ` +
    `efficiency of ${(100 * ratio / ranks).toFixed(0)} % (${
      counted(ratios.length, "repetition")
    }).`,
  ];
}

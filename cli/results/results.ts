import type { EndMetric, GsgdCounts, StepPlan } from "../../metrics/mod.ts";
import { alignedTable, listed, orDash, percent, thousands, timeTaken } from "../format.ts";

/** The results of all arms as a text table. */
export function resultTable(
  arms: readonly { readonly name: string; readonly initialWeights: string }[],
  ends: readonly EndMetric[],
): string {
  // with a validation split, the weights that did best on it are the ones to use
  const hasBest = ends.some(({ best }) => best);
  const header = [
    "optimizer",
    "initial weights",
    "train loss",
    "test error",
    ...(hasBest ? ["lowest validation error", "test error at best"] : []),
    "time",
    "images/s",
  ];
  const rows = arms.flatMap(({ name, initialWeights }) => {
    const end = ends.find(({ arm }) => arm === name);
    return end
      ? [[
        name,
        initialWeights,
        orDash(end.trainLoss, (loss) => loss.toFixed(4)),
        orDash(end.testError, percent),
        ...(hasBest ? bestCells(end) : []),
        timeTaken(end.seconds),
        orDash(end.imagesPerSecond, thousands),
      ]]
      : [];
  });
  return alignedTable(header, rows, 2);
}

function bestCells({ best }: EndMetric): string[] {
  const when = best ? ` (epoch ${Number(best.epoch.toFixed(2))})` : "";
  return [orDash(best?.validationError, percent) + when, orDash(best?.testError, percent)];
}

/** Describes G-SGD's counters in one sentence. */
export function describeCounts({ smallestPathValue, signChanges }: GsgdCounts): string {
  const smallest = Number.isFinite(smallestPathValue)
    ? `the smallest |v| of a trained skeleton weight was ${smallestPathValue.toPrecision(3)}`
    : "there were no trained skeleton weights";
  const times = signChanges === 1 ? "1 sign change" : `${signChanges} sign changes`;
  const changes = signChanges === 0
    ? "no sign changed"
    : `there ${signChanges === 1 ? "was" : "were"} ${times}`;
  const advice = signChanges > 0 || smallestPathValue < 1e-3
    ? " The steps are too large here: try a lower --lr or --ratio-clamp 0.5,2."
    : "";
  return `During training, ${smallest}, and ${changes}.${advice}`;
}

/** Describes the size of a training step. */
export function describePlan({ dispatches, temporaryBytes, keptBytes }: StepPlan): string {
  const kept = keptBytes
    ? ` (${(temporaryBytes / keptBytes).toFixed(2)}x what backward reads)`
    : "";
  return `${dispatches} dispatches. Temporary memory per step: ${
    memorySize(temporaryBytes)
  }${kept}`;
}

/** `47.2 KiB`, or in MiB from one MiB on. */
function memorySize(bytes: number): string {
  const size = bytes < 2 ** 20 ? bytes / 2 ** 10 : bytes / 2 ** 20;
  return `${size >= 100 ? size.toFixed(0) : size.toPrecision(3)} ${
    bytes < 2 ** 20 ? "KiB" : "MiB"
  }`;
}

/** Describes a step of each optimizer. Optimizers with equal steps share a line. */
export function planLines(
  ends: readonly Pick<EndMetric, "arm" | "plan">[],
): readonly string[] {
  const arms = new Map<string, string[]>();
  for (const { arm, plan } of ends) {
    if (!plan) continue;
    const text = describePlan(plan);
    arms.set(text, [...arms.get(text) ?? [], arm]);
  }
  return [...arms].map(([text, names]) => `A step of ${listed(names)}: ${text}.`);
}

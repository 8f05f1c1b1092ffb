import { groupBy } from "../../graph/collections.ts";
import { counted } from "../../graph/counted.ts";
import type { EndMetric, GsgdCounts, StepPlan } from "../../metrics/mod.ts";
import { listed, orDash, percent, styledTable, thousands, timeTaken } from "../format.ts";
import { formatReport, type GsgdReport } from "../../optim/mod.ts";
import { prose, type Span, type Styled, tableOf } from "../styled.ts";

/** The results of all arms as a text table, with the lowest test error and losses that diverged. */
export function resultTable(
  arms: readonly { readonly name: string; readonly initialWeights: string }[],
  ends: readonly EndMetric[],
): Styled {
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
  const lowest = lowestOf(ends.map(({ testError }) => testError));
  const rows = arms.flatMap(({ name, initialWeights }) => {
    const end = ends.find(({ arm }) => arm === name);
    return end
      ? [[
        name,
        initialWeights,
        lossCell(end.trainLoss),
        errorCell(end.testError, lowest),
        ...(hasBest ? bestCells(end) : []),
        timeTaken(end.seconds),
        orDash(end.imagesPerSecond, thousands),
      ]]
      : [];
  });
  return styledTable(header, rows, 2);
}

function lossCell(loss: number | null): string | Span {
  const text = orDash(loss, (finite) => finite.toFixed(4));
  return Number.isFinite(loss) ? text : { text, style: "error" };
}

function errorCell(error: number | null, lowest: number | undefined): string | Span {
  const text = orDash(error, percent);
  return error !== null && error === lowest ? { text, style: "best" } : text;
}

/** The lowest of several values that differ. */
function lowestOf(values: readonly (number | null)[]): number | undefined {
  const finite = values.filter((value) => value !== null).filter(Number.isFinite);
  return new Set(finite).size > 1 ? Math.min(...finite) : undefined;
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
  const changes = signChanges === 0
    ? "no sign changed"
    : `there ${signChanges === 1 ? "was" : "were"} ${counted(signChanges, "sign change")}`;
  const advice = signChanges > 0 || smallestPathValue < 1e-3
    ? " The steps are too large here: try a lower --lr or --ratio-clamp 0.5,2."
    : "";
  return `During training, ${smallest}, and ${changes}.${advice}`;
}

/** G-SGD's report: its table, or what is in its place, and the totals. */
export function reportText(report: GsgdReport, table?: string): Styled {
  const [rows = "", ...totals] = formatReport(report).split("\n\n");
  return [table === undefined ? tableOf(rows) : prose(table), prose(["", ...totals].join("\n\n"))];
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
  const steps = ends.flatMap(({ arm, plan }) => plan ? [{ arm, text: describePlan(plan) }] : []);
  return [...groupBy(steps, ({ text }) => text)].map(([text, alike]) =>
    `A step of ${listed(alike.map(({ arm }) => arm))}: ${text}.`
  );
}

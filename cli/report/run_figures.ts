import type { Curve, Figure, LinePanel, MatrixPanel } from "../../figures/mod.ts";
import { withLaterStart } from "../../figures/later_start.ts";
import type { EpochMetric } from "../../metrics/mod.ts";
import type { RunData } from "./run_data.ts";

const epoch = { label: "epoch", unit: "", scale: "linear" } as const;
const error = { label: "test error", unit: "%", scale: "linear" } as const;
const loss = { label: "cross-entropy", unit: "", scale: "linear" } as const;

/** Maximum number of classes in the figure: with more, the cells are too small to see. */
const MOST_CLASSES = 128;

/** The curves of the run: loss, error, and loss differences between arms of equal initial weights. */
export function curvesOf(run: RunData): Figure {
  const panels = [
    ...shortPanels(run),
    epochPanel(
      run,
      "Validation error after each epoch",
      { ...error, label: "validation error" },
      ({ validationError = null }) => validationError === null ? null : 100 * validationError,
    ),
    differencePanel(run),
    epochPanel(run, "Test loss after each epoch", loss, ({ testLoss }) => testLoss),
  ];
  return {
    name: "curves",
    title: "Curves",
    caption: "All optimizers see the same batches in the same order.",
    columns: 2,
    panels: panels.filter((panel) => panel !== null).filter(hasPoints),
  };
}

/** The two most important curves, for a picture of the run. */
export function pictureOf(run: RunData): Figure {
  return {
    name: "run",
    title: run.title,
    caption: run.facts.join(" "),
    columns: 2,
    panels: shortPanels(run).filter(hasPoints),
  };
}

function shortPanels(run: RunData): readonly LinePanel[] {
  return [
    {
      title: "Training loss, mean over the last steps",
      x: epoch,
      y: { ...loss, scale: scaleOf(run) },
      curves: curvesFor(
        run,
        (arm) =>
          run.steps.filter((step) => step.arm === arm).map((step) => ({
            x: step.epoch,
            y: step.loss,
          })),
      ),
    },
    epochPanel(
      run,
      "Test error after each epoch",
      error,
      ({ testError }) => testError === null ? null : 100 * testError,
    ),
  ];
}

/** Losses over many orders of magnitude, as of a run that nearly diverged, need a log scale. */
function scaleOf({ steps }: RunData): "linear" | "log" {
  const losses = steps.map((step) => step.loss).filter((value) => value > 0);
  const low = losses.reduce((least, value) => Math.min(least, value), Infinity);
  const high = losses.reduce((most, value) => Math.max(most, value), 0);
  return high > 30 * low ? "log" : "linear";
}

function epochPanel(
  run: RunData,
  title: string,
  y: LinePanel["y"],
  valueOf: (metric: EpochMetric) => number | null,
): LinePanel {
  const curves = curvesFor(
    run,
    (arm) =>
      run.epochs.filter((metric) => metric.arm === arm).flatMap((metric) => {
        const value = valueOf(metric);
        return value === null ? [] : [{ x: metric.epoch, y: value }];
      }),
  );
  return withLaterStart({ title, x: epoch, y, curves });
}

function curvesFor(
  { arms }: RunData,
  pointsOf: (arm: string) => Curve["points"],
): readonly Curve[] {
  return arms.map(({ name }) => ({
    label: name,
    arm: name,
    variant: 0,
    points: pointsOf(name).filter(({ y }) => Number.isFinite(y)),
  }));
}

function hasPoints(panel: LinePanel): boolean {
  return panel.curves.some(({ points }) => points.length > 0);
}

/**
 * Compares losses in pairs. Arms with the same initial weights see the same batches in the same
 * order.
 */
function differencePanel(run: RunData): LinePanel | null {
  const base = ["sgd-skeleton", "sgd"].find((name) => run.arms.some((arm) => arm.name === name)) ??
    run.arms[0]?.name;
  const start = run.arms.find(({ name }) => name === base)?.initialWeights;
  const others = run.arms.filter(({ name, initialWeights }) =>
    name !== base && initialWeights === start
  );
  if (others.length === 0) return null;
  const reference = new Map(
    run.epochs.filter(({ arm }) => arm === base).map((metric) => [metric.epoch, metric.trainLoss]),
  );
  return {
    title: `Training loss minus that of ${base}, from the same initial weights`,
    x: epoch,
    y: { label: "difference, below 0: better", unit: "", scale: "linear" },
    reference: 0,
    curves: curvesFor(
      { ...run, arms: others },
      (name) =>
        run.epochs.filter(({ arm }) => arm === name).flatMap(({ epoch, trainLoss }) => {
          const other = reference.get(epoch);
          return other === undefined ? [] : [{ x: epoch, y: trainLoss - other }];
        }),
    ),
  };
}

/** The confusion matrix of each arm. */
export function confusionFigure({ confusions }: RunData): Figure | null {
  const panels = [...confusions].filter(([, { classes }]) => classes.length <= MOST_CLASSES)
    .map(([arm, { classes, counts }]): MatrixPanel => ({
      kind: "matrix",
      title: arm,
      classes,
      counts,
    }));
  if (panels.length === 0) return null;
  return {
    name: "confusion",
    title: "Confusion matrix",
    caption:
      "Samples of the test split after training, by true and predicted class. Errors are drawn " +
      "darker than their share.",
    columns: 3,
    panels,
  };
}

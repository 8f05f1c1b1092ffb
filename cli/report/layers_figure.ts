import type { Axis, Curve, Figure, LinePanel, Point } from "../../figures/mod.ts";
import type { LayersMetric, ParameterMetric, ValueHistogram } from "../../metrics/mod.ts";
import { listed } from "../format.ts";
import type { RunData } from "./run_data.ts";

/** Maximum number of weight tensors that are drawn: the first ones. */
const MOST_NORMS = 5;
const MOST_DISTRIBUTIONS = 3;
/** Fraction of the values that a band leaves out at each end. */
const TAIL = 0.05;

const epoch = { label: "epoch", unit: "", scale: "linear" } as const;

/** The norms of gradients during training; `null` if they were not measured more than once. */
export function gradientNormFigure(run: RunData): Figure | null {
  const names = weightNames(run);
  if (names.length === 0) return null;
  const y = { label: "gradient norm", unit: "", scale: "log" } as const;
  const panels = [
    panelOf(run, "All layers", y, ({ epoch: x, gradientNorm }) => ({ x, y: gradientNorm })),
    ...names.slice(0, MOST_NORMS).map((name) =>
      panelOf(run, name, y, (line) => {
        const found = parameterIn(line, name);
        return found && { x: line.epoch, y: found.gradientNorm };
      })
    ),
  ];
  return {
    name: "gradient-norms",
    title: "Gradient norms",
    caption: `Euclidean norm of the gradient of the loss, ${samplesText(run)}.${
      restText(names, MOST_NORMS)
    }`,
    columns: 2,
    panels,
  };
}

/** Weights and gradients during training; `null` if they were not measured more than once. */
export function distributionFigure(run: RunData): Figure | null {
  const names = weightNames(run);
  if (names.length === 0) return null;
  const kinds = [["weights", "weight"], ["gradients", "gradient"]] as const;
  const panels = names.slice(0, MOST_DISTRIBUTIONS).flatMap((name) =>
    kinds.map(([field, label]) => {
      const title = field === "weights" ? name : `Gradient of ${name}`;
      return panelOf(run, title, { label, unit: "", scale: "linear" }, (line) => {
        const histogram = parameterIn(line, name)?.[field];
        return histogram && bandOf(line.epoch, histogram);
      });
    })
  );
  return {
    name: "distributions",
    title: "Weights and gradients during training",
    caption: `The median, and the range of the middle 90 % of the values, from histograms. ` +
      `Gradients are those of the loss, ${samplesText(run)}.${restText(names, MOST_DISTRIBUTIONS)}`,
    columns: 2,
    panels,
  };
}

/** The parameters with histograms, if there are two points of a curve. */
function weightNames({ arms, layers }: RunData): readonly string[] {
  const isCurve = arms.some(({ name }) => layers.filter(({ arm }) => arm === name).length > 1);
  if (!isCurve) return [];
  const weights = layers.flatMap(({ parameters }) => parameters.filter(({ weights }) => weights));
  return [...new Set(weights.map(({ name }) => name))];
}

function parameterIn({ parameters }: LayersMetric, wanted: string): ParameterMetric | undefined {
  return parameters.find(({ name }) => name === wanted);
}

function panelOf(
  { arms, layers }: RunData,
  title: string,
  y: Axis,
  pointOf: (line: LayersMetric) => Point | undefined,
): LinePanel {
  const curves = arms.map(({ name }): Curve => ({
    label: name,
    arm: name,
    variant: 0,
    points: layers.filter(({ arm }) => arm === name).flatMap((line) => pointOf(line) ?? []),
  }));
  return { title, x: epoch, y, curves };
}

/** The median of a histogram, and its middle 90 %. */
function bandOf(x: number, histogram: ValueHistogram): Point {
  const [low = NaN, y = NaN, high = NaN] = [TAIL, 0.5, 1 - TAIL].map((share) =>
    quantileOf(histogram, share)
  );
  return { x, y, low, high };
}

/** The value below which a share of the values is, if they are spread evenly in each bin. */
function quantileOf({ low, high, counts }: ValueHistogram, share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  for (const [bin, count] of counts.entries()) {
    const missing = share * total - below;
    if (count > 0 && missing <= count) {
      return low + (bin + missing / count) * (high - low) / counts.length;
    }
    below += count;
  }
  return NaN;
}

function samplesText({ layers }: RunData): string {
  const counts = [...new Set(layers.map(({ samples }) => samples))].map(String);
  return `on ${listed(counts)} training samples`;
}

function restText(names: readonly string[], drawn: number): string {
  return names.length > drawn
    ? ` The first ${drawn} of ${names.length} weight tensors are drawn.`
    : "";
}

import type { PointResult } from "./point_result.ts";

/** A final number of each run. */
interface MetricSpec {
  readonly label: string;
  readonly unit: string;
  readonly digits: number;
  readonly better: "lower" | "higher" | null;
  /** The number, or `null` if the run has none. */
  readonly of: (result: PointResult) => number | null;
}

/** A share in percent. */
export const percent = (share: number | null): number | null => share === null ? null : 100 * share;
const loss = { unit: "", digits: 4, better: "lower" } as const;
const error = { unit: "%", digits: 2, better: "lower" } as const;
const plain = { unit: "", digits: 0, better: null } as const;

/** The metrics that configs can use. */
const metrics: Readonly<Record<string, MetricSpec>> = {
  trainLoss: { label: "train loss", ...loss, of: ({ end }) => end?.trainLoss ?? null },
  trainError: { label: "train error", ...error, of: ({ end }) => percent(end?.trainError ?? null) },
  testLoss: { label: "test loss", ...loss, of: ({ end }) => end?.testLoss ?? null },
  testError: { label: "test error", ...error, of: ({ end }) => percent(end?.testError ?? null) },
  bestTestError: {
    label: "best test error",
    ...error,
    of: ({ best }) => percent(best?.testError ?? null),
  },
  validationError: {
    label: "validation error",
    ...error,
    of: ({ end }) => percent(end?.validationError ?? null),
  },
  imagesPerSecond: {
    label: "throughput",
    unit: "images/s",
    digits: 0,
    better: "higher",
    of: ({ end }) => end?.imagesPerSecond ?? null,
  },
  communicationShare: {
    label: "time in communication",
    unit: "%",
    digits: 1,
    better: "lower",
    of: ({ end }) => percent(end?.communicationShare ?? null),
  },
  weights: { label: "weights m", ...plain, of: ({ space }) => space?.weights ?? null },
  scaleNodes: { label: "hidden units H", ...plain, of: ({ space }) => space?.scaleNodes ?? null },
  invariantRatio: {
    label: "invariant ratio H/m",
    unit: "",
    digits: 5,
    better: null,
    of: ({ space }) => space ? space.scaleNodes / space.weights : null,
  },
  signChanges: { label: "sign changes of v", ...plain, of: ({ end }) => end?.signChanges ?? null },
  smallestPathValue: {
    label: "smallest |v|",
    unit: "",
    digits: 3,
    better: null,
    of: ({ end }) => end?.smallestPathValue ?? null,
  },
  pathDifference: {
    label: "difference of path values",
    unit: "",
    digits: 9,
    better: "lower",
    of: ({ twin }) => twin?.pathDifference ?? null,
  },
  lossDifference: {
    label: "difference of train loss",
    unit: "",
    digits: 9,
    better: "lower",
    of: ({ twin }) => twin?.lossDifference ?? null,
  },
};

/**
 * Finds a metric by name.
 * @throws {RangeError} if there is none
 */
export function metricOf(name: string): MetricSpec {
  const found = metrics[name];
  if (found) return found;
  throw new RangeError(
    `Cannot use the metric "${name}": metrics are ${Object.keys(metrics).join(", ")}`,
  );
}

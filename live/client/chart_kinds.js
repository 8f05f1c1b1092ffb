/**
 * The kinds of charts.
 *
 * @typedef {import("./runs.js").Curve} Curve
 *
 * @typedef {object} ChartKind
 * @property {string} id
 * @property {string} title
 * @property {(curve: Curve, parameter?: string) => readonly { epoch: number, step: number, seconds: number }[]} lines
 *   Of the chosen parameter, or of all together.
 * @property {(line: any) => number | null | undefined} value
 * @property {boolean} [isLog] Whether the scale is logarithmic at first.
 * @property {boolean} [isNoisy] Whether smoothing applies.
 * @property {boolean} [dots] Whether to draw a dot at each point.
 * @property {boolean} [isOfLayer] Whether it shows the chosen parameter.
 * @property {(value: number) => string} format
 */

/** @type {(share: number | null) => number | null} */
const percent = (share) => share === null ? null : 100 * share;
/** @type {(value: number) => string} */
const fixed = (value) => value.toFixed(4);
/** @type {(value: number) => string} */
const inPercent = (value) => `${value.toFixed(2)} %`;
/** @type {(value: number) => string} */
const whole = (value) => Math.round(value).toLocaleString("en");

/** @type {(value: number) => string} */
const short = (value) => value.toPrecision(4);

/**
 * The line charts, in the order of the page.
 * @type {readonly ChartKind[]}
 */
export const chartKinds = [
  {
    id: "train-loss",
    title: "Training loss (mean since last point)",
    lines: ({ steps }) => steps,
    value: ({ loss }) => loss,
    isNoisy: true,
    format: fixed,
  },
  {
    id: "test-error",
    title: "Test error (%)",
    lines: ({ epochs }) => epochs,
    value: ({ testError }) => percent(testError),
    dots: true,
    format: inPercent,
  },
  {
    id: "validation-error",
    title: "Validation error (%)",
    lines: ({ epochs }) => epochs,
    value: ({ validationError = null }) => percent(validationError),
    dots: true,
    format: inPercent,
  },
  {
    id: "train-error",
    title: "Training error (%, mean since last point)",
    lines: ({ steps }) => steps,
    value: ({ accuracy }) => 100 * (1 - accuracy),
    isNoisy: true,
    format: inPercent,
  },
  {
    id: "throughput",
    title: "Throughput (images/s)",
    lines: ({ steps }) => steps,
    value: ({ imagesPerSecond }) => imagesPerSecond,
    isNoisy: true,
    format: whole,
  },
  {
    id: "test-loss",
    title: "Test loss",
    lines: ({ epochs }) => epochs,
    value: ({ testLoss }) => testLoss,
    dots: true,
    format: fixed,
  },
  {
    id: "learning-rate",
    title: "Learning rate",
    lines: ({ steps }) => steps,
    value: ({ learningRate }) => learningRate,
    format: short,
  },
  {
    id: "path-value",
    title: "Smallest |v| of trained skeleton weights",
    lines: ({ steps }) => steps,
    value: ({ gsgd }) => gsgd?.smallestPathValue,
    isLog: true,
    format: short,
  },
  {
    id: "sign-changes",
    title: "Sign changes of trained skeleton weights (total)",
    lines: ({ steps }) => steps,
    value: ({ gsgd }) => gsgd?.signChanges,
    format: whole,
  },
  {
    id: "clamped",
    title: "Clamped ratios (total)",
    lines: clampedSoFar,
    value: ({ clamped }) => clamped,
    format: whole,
  },
  {
    id: "gradient-norm",
    title: "Gradient norm",
    lines: normsOf,
    value: ({ gradientNorm }) => gradientNorm,
    isLog: true,
    isOfLayer: true,
    dots: true,
    format: short,
  },
  {
    id: "weight-norm",
    title: "Weight norm",
    lines: normsOf,
    value: ({ weightNorm }) => weightNorm,
    isOfLayer: true,
    dots: true,
    format: short,
  },
];

/**
 * The norms of a parameter, or of all together.
 * @param {Curve} curve
 * @param {string} [parameter]
 */
function normsOf({ layers }, parameter) {
  if (parameter === undefined) return layers;
  return layers.flatMap(({ epoch, step, seconds, parameters }) => {
    const found = parameters.find(({ name }) => name === parameter);
    return found ? [{ ...found, epoch, step, seconds }] : [];
  });
}

/**
 * Running totals of clamped ratios; empty if they are not counted.
 * @param {Curve} curve
 */
function clampedSoFar({ steps }) {
  let clamped = 0;
  return steps.flatMap(({ epoch, step, seconds, gsgd }) => {
    if (!gsgd) return [];
    clamped += gsgd.clamped;
    return [{ epoch, step, seconds, clamped }];
  });
}

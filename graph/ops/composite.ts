import { axisOfRank, checkOption, numberIn, optional } from "../check_value.ts";
import { checkOptions, type OptionRules } from "../check_options.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import type { Node } from "../node.ts";
import { elementCount, formatType } from "../types.ts";
import {
  add,
  div,
  equal,
  fullLike,
  greaterEqual,
  less,
  logicalOr,
  mul,
  neg,
  select,
  sub,
} from "./arithmetic.ts";
import { broadcastBack, broadcastTo, reduceSum, reshape } from "./broadcast.ts";
import { oneHot } from "./gather.ts";
import { exp, isFinite, isNaN, log, square } from "./functions.ts";
import { stopGradient } from "./markers.ts";
import { reduceMax, reduceMin } from "./reduce.ts";
import { iota } from "./source.ts";

/** Arithmetic mean over `axes`, which disappear; NaN where there are no elements. */
export function mean(x: Node, axes: readonly number[]): Node {
  if (x.type.dtype !== "f32") {
    throw new DTypeError(
      `Cannot apply mean to ${formatType(x.type)}: elements must be f32: cast them first`,
    );
  }
  const sum = reduceSum(x, axes);
  const count = elementCount(axes.map((axis) => x.type.shape[axis]!));
  // Drivers may take 0 / 0 for 0. A product with 1 / count would round twice.
  return count === 0 ? fullLike(sum, NaN) : div(sum, fullLike(sum, count));
}

function checkAxis(action: string, { type }: Node, axis: number): void {
  checkOption(
    () => `${action} to ${formatType(type)}`,
    { axis },
    axisOfRank(type.shape.length),
    ShapeError,
  );
}

/** log Σ eˣ over `axes`, which disappear; the largest element is taken out first. */
export function logSumExp(x: Node, axes: readonly number[]): Node {
  const max = stopGradient(reduceMax(x, axes));
  // Nothing finite to take out: log Σ eˣ is then ±∞ or NaN by itself.
  const largest = select(isFinite(max), max, fullLike(max, 0));
  const shifted = sub(x, broadcastBack(largest, axes, x.type.shape));
  return add(log(reduceSum(exp(shifted), axes)), largest);
}

/** x − log Σ eˣ along `axis`. */
export function logSoftmax(x: Node, axis: number): Node {
  checkAxis("apply logSoftmax", x, axis);
  const largest = stopGradient(reduceMax(x, [axis]));
  const shifted = sub(x, broadcastBack(largest, [axis], x.type.shape));
  const normaliser = log(reduceSum(exp(shifted), [axis]));
  return sub(shifted, broadcastBack(normaliser, [axis], x.type.shape));
}

/** eˣ / Σ eˣ along `axis`. */
export function softmax(x: Node, axis: number): Node {
  checkAxis("apply softmax", x, axis);
  const { shape } = x.type;
  const largest = stopGradient(reduceMax(x, [axis]));
  const powers = exp(sub(x, broadcastBack(largest, [axis], shape)));
  return div(powers, broadcastBack(reduceSum(powers, [axis]), [axis], shape));
}

/**
 * i32: position of the largest element along `axis`, the first one of equals. NaN counts as the
 * largest, as in NumPy and PyTorch.
 *
 * @throws {ShapeError} if the axis has no elements
 */
export function argmax(x: Node, axis: number): Node {
  checkPositions("argmax", x, axis);
  return firstPosition(x, reduceMax(x, [axis]), axis);
}

/**
 * i32: position of the smallest element along `axis`, the first one of equals. NaN counts as the
 * smallest, as in NumPy and PyTorch.
 *
 * @throws {ShapeError} if the axis has no elements
 */
export function argmin(x: Node, axis: number): Node {
  checkPositions("argmin", x, axis);
  return firstPosition(x, reduceMin(x, [axis]), axis);
}

function checkPositions(name: string, x: Node, axis: number): void {
  checkAxis(`apply ${name}`, x, axis);
  if (x.type.shape[axis] !== 0) return;
  throw new ShapeError(
    `Cannot apply ${name} to ${formatType(x.type)}: axis ${axis} must have an element`,
  );
}

/** The first position along `axis` of a reduction's result, or of NaN, which equals nothing. */
function firstPosition(x: Node, result: Node, axis: number): Node {
  const { dtype, shape } = x.type;
  const hit = equal(x, broadcastBack(result, [axis], shape));
  const isFound = dtype === "f32" ? logicalOr(hit, isNaN(x)) : hit;
  const position = iota(shape, axis);
  const last = fullLike(position, shape[axis]! - 1);
  return reduceMin(select(isFound, position, last), [axis]);
}

/** The element of each row of x [n…, c] that `labels` (i32 [n…]) names: f32 [n…]. */
export function pick(x: Node, labels: Node): Node {
  return pickOr(x, spreadLabels(labels, x), fullLike(x, 0));
}

/** Σ over each row of x where the position is the label, and of `other` elsewhere. */
function pickOr(x: Node, spread: Node, other: Node): Node {
  const axis = x.type.shape.length - 1;
  return reduceSum(select(equal(spread, iota(x.type.shape, axis)), x, other), [axis]);
}

/** Labels [n…] in the shape [n…, c] of x. */
function spreadLabels(labels: Node, x: Node): Node {
  return broadcastTo(reshape(labels, [...labels.type.shape, 1]), x.type.shape);
}

/** How `crossEntropy` takes its targets. */
export interface CrossEntropyOptions {
  /**
   * Share ε of the target that is spread evenly over all classes, in [0, 1]; 0 unless told.
   * [Szegedy et al. 2016, sec. 7]
   */
  readonly labelSmoothing?: number;
}

const crossEntropyRules: OptionRules<CrossEntropyOptions> = {
  labelSmoothing: optional(numberIn("[0, 1]")),
};

/**
 * −Σ t · log softmax(logits) of each sample, where t is 1 at the label and 0 elsewhere, or is
 * given; with label smoothing, (1 − ε) · t + ε / classes takes its place. The label −1 gives 0;
 * any other label outside of [0, classes) gives NaN, and so does its gradient.
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `logits` | f32 | [n…, classes] |
 * | `target` | i32, labels | [n…] |
 * | or `target` | f32, probabilities | [n…, classes] |
 * | returns | f32 | [n…] |
 *
 * @throws {RangeError} if the label smoothing is not in [0, 1]
 */
export function crossEntropy(
  logits: Node,
  target: Node,
  options: CrossEntropyOptions = {},
): Node {
  checkOptions("apply crossEntropy", options, crossEntropyRules);
  const { labelSmoothing = 0 } = options;
  checkTarget(logits, target);
  const logProbabilities = logSoftmax(logits, logits.type.shape.length - 1);
  if (target.type.dtype === "f32") {
    return distance(logProbabilities, smooth(target, labelSmoothing));
  }
  const labels = spreadLabels(target, logits);
  const isBad = isBadLabel(labels);
  if (labelSmoothing > 0) {
    const t = smooth(oneHot(target, logits.type.shape.at(-1)!), labelSmoothing);
    const known = select(equal(labels, fullLike(labels, IGNORED)), fullLike(t, 0), t);
    return distance(logProbabilities, select(isBad, fullLike(t, NaN), known));
  }
  // a product, so that the gradient of a bad label is NaN as well; by 1 elsewhere, as 0 · NaN is NaN
  const one = fullLike(logProbabilities, 1);
  const bad = mul(logProbabilities, select(isBad, fullLike(one, NaN), one));
  return neg(pickOr(logProbabilities, labels, select(isBad, bad, fullLike(bad, 0))));
}

/** The label of a sample that adds nothing to the loss. */
const IGNORED = -1;

/** Is a label [n…, classes] neither a class nor the ignored one? */
function isBadLabel(labels: Node): Node {
  const classes = labels.type.shape.at(-1)!;
  return logicalOr(
    less(labels, fullLike(labels, IGNORED)),
    greaterEqual(labels, fullLike(labels, classes)),
  );
}

/** (1 − ε) · t + ε / classes. */
function smooth(t: Node, labelSmoothing: number): Node {
  if (labelSmoothing === 0) return t;
  const even = fullLike(t, labelSmoothing / t.type.shape.at(-1)!);
  return add(mul(t, fullLike(t, 1 - labelSmoothing)), even);
}

/** −Σ t · x over the last axis. */
function distance(x: Node, t: Node): Node {
  return neg(reduceSum(weighted(t, x), [x.type.shape.length - 1]));
}

/** t · x, and 0 where t is 0: a class that cannot be (x = −∞) costs nothing if it is not asked for. */
function weighted(t: Node, x: Node): Node {
  const zero = fullLike(x, 0);
  return select(equal(t, zero), zero, mul(t, x));
}

function checkTarget({ type: logits }: Node, { type: target }: Node): void {
  if (target.dtype !== "i32" && target.dtype !== "f32") {
    throw new DTypeError(
      "Cannot apply crossEntropy: targets must be labels i32 or probabilities f32: current type " +
        `is ${formatType(target)}`,
    );
  }
  const wanted = target.dtype === "i32" ? logits.shape.slice(0, -1) : logits.shape;
  if (logits.shape.length > 0 && wanted.join() === target.shape.join()) return;
  const each = target.dtype === "i32"
    ? "one label for each row of logits"
    : "one probability for each logit";
  throw new ShapeError(
    `Cannot apply crossEntropy to ${formatType(logits)} and ${formatType(target)}: there must be ` +
      each,
  );
}

/** (a − b)², elementwise. */
export function squaredError(a: Node, b: Node): Node {
  return square(sub(a, b));
}

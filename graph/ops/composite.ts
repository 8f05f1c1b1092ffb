import { numberIn, optional } from "../check_value.ts";
import { checkOptions, type OptionRules } from "../check_options.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import type { Node } from "../node.ts";
import { elementCount, formatType } from "../types.ts";
import { checkAxis } from "./_axes.ts";
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

/** Arithmetic mean over `axes`, which are removed; NaN where there are no elements. */
export function mean(x: Node, axes: readonly number[]): Node {
  if (x.type.dtype !== "f32") {
    throw new DTypeError(
      `Cannot apply mean to ${formatType(x.type)}: elements must be f32: cast them first`,
    );
  }
  const sum = reduceSum(x, axes);
  const count = elementCount(axes.map((axis) => x.type.shape[axis]!));
  // Explicit NaN, because some drivers compute 0 / 0 as 0. Multiplying by 1 / count would round
  // twice.
  return count === 0 ? fullLike(sum, NaN) : div(sum, fullLike(sum, count));
}

/** log Σ eˣ over `axes`, which are removed. Stable: the largest element is subtracted first. */
export function logSumExp(x: Node, axes: readonly number[]): Node {
  const max = stopGradient(reduceMax(x, axes));
  // If the maximum is not finite, nothing is subtracted: log Σ eˣ is then ±∞ or NaN anyway.
  const largest = select(isFinite(max), max, fullLike(max, 0));
  const shifted = sub(x, broadcastBack(largest, axes, x.type.shape));
  return add(log(reduceSum(exp(shifted), axes)), largest);
}

/** x − log Σ eˣ along `axis`. */
export function logSoftmax(x: Node, axis: number): Node {
  checkAxis("logSoftmax", x, axis);
  const largest = stopGradient(reduceMax(x, [axis]));
  const shifted = sub(x, broadcastBack(largest, [axis], x.type.shape));
  const normalizer = log(reduceSum(exp(shifted), [axis]));
  return sub(shifted, broadcastBack(normalizer, [axis], x.type.shape));
}

/**
 * i32: position of the largest element along `axis`; the first one if several are equal. NaN
 * counts as the largest, as in NumPy and PyTorch.
 *
 * @throws {ShapeError} if the axis has no elements
 */
export function argmax(x: Node, axis: number): Node {
  checkPositions("argmax", x, axis);
  return firstPosition(x, reduceMax(x, [axis]), axis);
}

/**
 * i32: position of the smallest element along `axis`; the first one if several are equal. NaN
 * counts as the smallest, as in NumPy and PyTorch.
 *
 * @throws {ShapeError} if the axis has no elements
 */
export function argmin(x: Node, axis: number): Node {
  checkPositions("argmin", x, axis);
  return firstPosition(x, reduceMin(x, [axis]), axis);
}

function checkPositions(name: string, x: Node, axis: number): void {
  checkAxis(name, x, axis);
  if (x.type.shape[axis] !== 0) return;
  throw new ShapeError(
    `Cannot apply ${name} to ${formatType(x.type)}: axis ${axis} must have at least one element`,
  );
}

/** The first position along `axis` of an extremum or, because NaN equals nothing, of a NaN. */
function firstPosition(x: Node, result: Node, axis: number): Node {
  const { dtype, shape } = x.type;
  const hit = equal(x, broadcastBack(result, [axis], shape));
  const isFound = dtype === "f32" ? logicalOr(hit, isNaN(x)) : hit;
  const position = iota(shape, axis);
  const last = fullLike(position, shape[axis]! - 1);
  return reduceMin(select(isFound, position, last), [axis]);
}

/** The element of each row of x [n…, c] at its label (i32 [n…]): f32 [n…]. */
export function pick(x: Node, labels: Node): Node {
  return pickOr(x, spreadLabels(labels, x), fullLike(x, 0));
}

/** Sums each row of x at its label, and of `other` elsewhere. */
function pickOr(x: Node, spread: Node, other: Node): Node {
  const axis = x.type.shape.length - 1;
  return reduceSum(select(equal(spread, iota(x.type.shape, axis)), x, other), [axis]);
}

/** Labels [n…] broadcast to the shape [n…, c] of x. */
function spreadLabels(labels: Node, x: Node): Node {
  return broadcastTo(reshape(labels, [...labels.type.shape, 1]), x.type.shape);
}

/** Options for `crossEntropy`. */
export interface CrossEntropyOptions {
  /**
   * Fraction ε of the target that is spread evenly over all classes, in [0, 1]. Default: 0.
   * [Szegedy et al. 2016, sec. 7]
   */
  readonly labelSmoothing?: number;
}

const crossEntropyRules: OptionRules<CrossEntropyOptions> = {
  labelSmoothing: optional(numberIn("[0, 1]")),
};

/**
 * Cross-entropy loss of each sample: −Σ t · log softmax(logits). The target t is given as
 * probabilities, or as a label (1 at the label, 0 elsewhere). With label smoothing, t is replaced
 * by (1 − ε) · t + ε / classes. The loss is 0 for the label −1; for any other label outside
 * [0, classes), the loss and its gradient are NaN.
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `logits` | f32 | [n…, classes] |
 * | `target` | i32, labels | [n…] |
 * | or `target` | f32, probabilities | [n…, classes] |
 * | returns | f32 | [n…] |
 *
 * @throws {RangeError} if `labelSmoothing` is not in [0, 1]
 */
export function crossEntropy(
  logits: Node,
  target: Node,
  options: CrossEntropyOptions = {},
): Node {
  checkOptions("apply crossEntropy", options, crossEntropyRules);
  const { labelSmoothing = 0 } = options;
  checkTarget("apply crossEntropy", logits, target);
  const logProbabilities = logSoftmax(logits, logits.type.shape.length - 1);
  if (target.type.dtype === "f32") {
    return distance(logProbabilities, smooth(target, labelSmoothing));
  }
  if (labelSmoothing === 0) return atLabels(logProbabilities, target);
  const labels = spreadLabels(target, logits);
  const t = smooth(oneHot(target, logits.type.shape.at(-1)!), labelSmoothing);
  const known = select(equal(labels, fullLike(labels, IGNORED)), fullLike(t, 0), t);
  return distance(logProbabilities, select(isBadLabel(labels), fullLike(t, NaN), known));
}

/**
 * −x[label] of each row of x: the negative log-likelihood if x are log-probabilities. It is 0 for
 * the label −1; for any other label outside [0, classes), it and its gradient are NaN.
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [n…, classes] |
 * | `labels` | i32 | [n…] |
 * | returns | f32 | [n…] |
 */
export function negativeLogLikelihood(x: Node, labels: Node): Node {
  const action = "apply negativeLogLikelihood";
  if (labels.type.dtype !== "i32") {
    throw new DTypeError(
      `Cannot ${action}: labels must be i32: current type is ${formatType(labels.type)}`,
    );
  }
  checkTarget(action, x, labels);
  return atLabels(x, labels);
}

function atLabels(logProbabilities: Node, target: Node): Node {
  const labels = spreadLabels(target, logProbabilities);
  const isBad = isBadLabel(labels);
  // A product, so that the gradient of an invalid label is NaN too. The factor is 1 elsewhere,
  // because 0 · NaN is NaN.
  const one = fullLike(logProbabilities, 1);
  const bad = mul(logProbabilities, select(isBad, fullLike(one, NaN), one));
  return neg(pickOr(logProbabilities, labels, select(isBad, bad, fullLike(bad, 0))));
}

/** The label of a sample that is ignored: its loss is 0. */
const IGNORED = -1;

/** Whether a label, broadcast to [n…, classes], is neither a class nor the ignored label. */
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

/** t · x, but 0 where t is 0, so that an impossible class (x = −∞) with target 0 costs nothing. */
function weighted(t: Node, x: Node): Node {
  const zero = fullLike(x, 0);
  return select(equal(t, zero), zero, mul(t, x));
}

function checkTarget(action: string, { type: logits }: Node, { type: target }: Node): void {
  if (target.dtype !== "i32" && target.dtype !== "f32") {
    throw new DTypeError(
      `Cannot ${action}: targets must be i32 labels or f32 probabilities: current type ` +
        `is ${formatType(target)}`,
    );
  }
  const wanted = target.dtype === "i32" ? logits.shape.slice(0, -1) : logits.shape;
  if (logits.shape.length > 0 && wanted.join() === target.shape.join()) return;
  const each = target.dtype === "i32"
    ? "one label for each row of logits"
    : "one probability for each logit; labels of classes are i32";
  throw new ShapeError(
    `Cannot ${action} to ${formatType(logits)} and ${formatType(target)}: there must be ` +
      each,
  );
}

/** (a − b)², elementwise. */
export function squaredError(a: Node, b: Node): Node {
  return square(sub(a, b));
}

import { Tensor, where } from "../../autograd/mod.ts";
import * as op from "../../graph/mod.ts";
import { checkOptions, formatType, numberIn, optional, type OptionRules } from "../../graph/mod.ts";
import { mustBeTensor } from "../_input.ts";
import {
  checkWeights,
  knownLabels,
  type LabelOptions,
  labelRules,
  mustBeLabels,
  reduceByLabel,
  weightOfLabels,
} from "./labels.ts";
import { type LossOptions, lossRules, reduceLoss } from "./reduction.ts";

/** Options for `crossEntropyPerSample`. */
export interface CrossEntropyPerSampleOptions extends LabelOptions {
  /**
   * Fraction ε of the target that is spread evenly over all classes, in [0, 1]. Default: 0.
   * [Szegedy et al. 2016, sec. 7]
   */
  readonly labelSmoothing?: number;
}

/** Options for `crossEntropy`. */
export interface CrossEntropyOptions extends CrossEntropyPerSampleOptions, LossOptions {}

const perSampleRules: OptionRules<CrossEntropyPerSampleOptions> = {
  ...labelRules,
  labelSmoothing: optional(numberIn("[0, 1]")),
};
const rules: OptionRules<CrossEntropyOptions> = { ...perSampleRules, ...lossRules };

/**
 * Cross-entropy loss, −log softmax(logits)[label]: PyTorch's `CrossEntropyLoss`, with the classes
 * along the last axis.
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `logits` | f32 | [n…, classes] |
 * | `target` | i32, labels | [n…] |
 * | or `target` | f32, class probabilities | [n…, classes] |
 * | returns | f32 | [], or [n…] with reduction "none" |
 *
 * For probabilities t, the loss is −Σ t · log softmax(logits). A label is the same as a t that is 1
 * at the label and 0 elsewhere. Label smoothing ε replaces t by (1 − ε) · t + ε / classes. A sample
 * with label −1 adds nothing to the loss, but counts in the average. Any other label outside
 * [0, classes) is an error in the data: it makes the loss and its gradients NaN.
 *
 * With `ignoreIndex` or `weight`, the average over labels is PyTorch's: Σ loss / Σ weight[label],
 * without the samples that are ignored. It is NaN if all are. The average over probabilities is
 * always over the samples.
 *
 * @throws {ShapeError} if the number of targets differs from the number of rows of logits, or
 *   `weight` is not f32 [classes]
 * @throws {DTypeError} if `ignoreIndex` is combined with probabilities
 * @throws {RangeError} if `labelSmoothing` is not in [0, 1]
 *
 * @example The label's share of the target is 0.9 + 0.1 / 2
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { crossEntropy, openBackend, setBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * setBackend(backend);
 * const logits = tensor([[0, 3]]); // −log softmax: 3.0486, 0.0486
 * const loss = crossEntropy(logits, tensor([1], [1], "i32"), { labelSmoothing: 0.1 });
 * assertAlmostEquals(await loss.item(), 0.95 * 0.0486 + 0.05 * 3.0486, 1e-4);
 * ```
 */
export function crossEntropy(
  logits: Tensor,
  target: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  checkOptions("apply crossEntropy", options, rules);
  const each = crossEntropyPerSample(logits, target, withoutReduction(options));
  if (target.dtype === "i32") return reduceByLabel(each, target, options);
  return reduceLoss(each, options);
}

function withoutReduction(
  { reduction: _, ...others }: CrossEntropyOptions,
): CrossEntropyPerSampleOptions {
  return others;
}

/** The cross-entropy of each sample, without the average: f32 [n…]. See `crossEntropy`. */
export function crossEntropyPerSample(
  logits: Tensor,
  target: Tensor,
  options: CrossEntropyPerSampleOptions = {},
): Tensor {
  const action = "apply crossEntropy";
  checkOptions(action, options, perSampleRules);
  mustBeTensor(logits, "crossEntropy");
  mustBeTensor(target, "crossEntropy");
  checkWeights(action, logits, options.weight);
  const { labelSmoothing = 0, weight, ignoreIndex } = options;
  if (target.dtype !== "f32") return labelLoss(logits, target, options);
  if (ignoreIndex !== undefined) mustBeLabels(action, target, "ignoreIndex");
  if (!weight) return new Tensor(op.crossEntropy(logits.node, target.node, { labelSmoothing }));
  const smooth = target.mul(1 - labelSmoothing).add(labelSmoothing / logits.shape.at(-1)!);
  return new Tensor(op.crossEntropy(logits.node, smooth.mul(weight).node));
}

/** With weights, the label's part and the part that is spread over all classes are two terms. */
function labelLoss(
  logits: Tensor,
  target: Tensor,
  options: CrossEntropyPerSampleOptions,
): Tensor {
  const { labelSmoothing = 0, weight } = options;
  const labels = knownLabels(target, options);
  const loss = (smoothing: number) =>
    new Tensor(op.crossEntropy(logits.node, labels.node, { labelSmoothing: smoothing }));
  if (!weight) return loss(labelSmoothing);
  const own = loss(0).mul(weightOfLabels(target, options));
  if (labelSmoothing === 0) return own;
  const even = weight.mul(labelSmoothing / logits.shape.at(-1)!).broadcastTo(logits.shape);
  const spread = new Tensor(op.crossEntropy(logits.node, even.node));
  const kept = where(labels.equal(-1), 0, spread);
  return own.mul(1 - labelSmoothing).add(kept);
}

/** Options for `nllLoss`. */
export interface NllLossOptions extends LabelOptions, LossOptions {}

const nllRules: OptionRules<NllLossOptions> = { ...labelRules, ...lossRules };

/**
 * Negative log-likelihood −x[label] of log-probabilities x: PyTorch's `NLLLoss`, with the classes
 * along the last axis. Labels and averages are as in `crossEntropy`, which is the `nllLoss` of
 * `logits.logSoftmax()`.
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `logProbabilities` | f32 | [n…, classes] |
 * | `labels` | i32 | [n…] |
 * | returns | f32 | [], or [n…] with reduction "none" |
 *
 * @throws {ShapeError} if the number of labels differs from the number of rows, or `weight` is not
 *   f32 [classes]
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { nllLoss, openBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const x = tensor([[0.25, 0.75], [0.5, 0.5]]).log();
 * const loss = nllLoss(x, tensor([1, -100], [2], "i32"), { ignoreIndex: -100 });
 * assertAlmostEquals(await loss.item({ backend }), -Math.log(0.75), 1e-6);
 * ```
 */
export function nllLoss(
  logProbabilities: Tensor,
  labels: Tensor,
  options: NllLossOptions = {},
): Tensor {
  checkOptions("apply nllLoss", options, nllRules);
  mustBeTensor(logProbabilities, "nllLoss");
  mustBeTensor(labels, "nllLoss");
  checkWeights("apply nllLoss", logProbabilities, options.weight);
  mustBeLabels("apply nllLoss", labels, "the target");
  const known = knownLabels(labels, options);
  const each = new Tensor(op.negativeLogLikelihood(logProbabilities.node, known.node));
  const weighted = options.weight ? each.mul(weightOfLabels(labels, options)) : each;
  return reduceByLabel(weighted, labels, options);
}

/**
 * Counts the samples whose largest logit is at the label: i32[].
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `logits` | f32 | [n…, classes] |
 * | `labels` | i32 | [n…] |
 *
 * @throws {ShapeError} if the number of labels differs from the number of rows of logits
 */
export function countCorrect(logits: Tensor, labels: Tensor): Tensor {
  for (const given of [logits, labels]) mustBeTensor(given, "countCorrect");
  if (logits.shape.slice(0, -1).join() !== labels.shape.join()) {
    throw new op.ShapeError(
      `Cannot count correct predictions of ${formatType(logits.node.type)} with labels ` +
        `${formatType(labels.node.type)}: there must be one label per row of logits`,
    );
  }
  return logits.argmax(-1).equal(labels).cast("i32").sum();
}

import { Tensor } from "../autograd/mod.ts";
import * as op from "../graph/mod.ts";
import { formatType, ShapeError } from "../graph/mod.ts";
import type { CrossEntropyOptions } from "../graph/mod.ts";

export type { CrossEntropyOptions };

/**
 * Cross-entropy loss, −log softmax(logits)[label], averaged over the samples: PyTorch's
 * `CrossEntropyLoss`.
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `logits` | f32 | [n…, classes] |
 * | `target` | i32, labels | [n…] |
 * | or `target` | f32, class probabilities | [n…, classes] |
 * | returns | f32 | [] |
 *
 * For probabilities t, the loss is −Σ t · log softmax(logits). A label is the same as a t that is 1
 * at the label and 0 elsewhere. Label smoothing ε replaces t by (1 − ε) · t + ε / classes. A sample
 * with label −1 adds nothing to the loss, but counts in the average. Any other label outside
 * [0, classes) is an error in the data: it makes the loss and its gradients NaN.
 *
 * @throws {ShapeError} if the number of targets differs from the number of rows of logits
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
  options?: CrossEntropyOptions,
): Tensor {
  return crossEntropyPerSample(logits, target, options).mean();
}

/** The cross-entropy of each sample, without the average: f32 [n…]. See `crossEntropy`. */
export function crossEntropyPerSample(
  logits: Tensor,
  target: Tensor,
  options?: CrossEntropyOptions,
): Tensor {
  return new Tensor(op.crossEntropy(logits.node, target.node, options));
}

/** Mean squared error, averaged over all elements. Both tensors are f32 of the same shape. */
export function mse(prediction: Tensor, target: Tensor): Tensor {
  return new Tensor(op.squaredError(prediction.node, target.node)).mean();
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
  if (logits.shape.slice(0, -1).join() !== labels.shape.join()) {
    throw new ShapeError(
      `Cannot count correct predictions of ${formatType(logits.node.type)} with labels ` +
        `${formatType(labels.node.type)}: there must be one label per row of logits`,
    );
  }
  return logits.argmax(-1).equal(labels).cast("i32").sum();
}

import { Tensor } from "../autograd/mod.ts";
import * as op from "../graph/mod.ts";

/**
 * −log softmax(logits)[label], averaged over the samples.
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `logits` | f32 | [n…, classes] |
 * | `labels` | i32 | [n…] |
 * | returns | f32 | [] |
 *
 * @throws {ShapeError} if there is not one label for each row of logits
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return crossEntropyPerSample(logits, labels).mean();
}

/** −log softmax(logits)[label] of each sample: f32 [n…]. */
export function crossEntropyPerSample(logits: Tensor, labels: Tensor): Tensor {
  return new Tensor(op.crossEntropy(logits.node, labels.node));
}

/** (prediction − target)², averaged over all elements; both f32 of one shape. */
export function mse(prediction: Tensor, target: Tensor): Tensor {
  return new Tensor(op.squaredError(prediction.node, target.node)).mean();
}

/**
 * i32[]: the number of samples whose largest logit is at their label.
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `logits` | f32 | [n…, classes] |
 * | `labels` | i32 | [n…] |
 */
export function countCorrect(logits: Tensor, labels: Tensor): Tensor {
  return logits.argmax(-1).equal(labels).cast("i32").sum();
}

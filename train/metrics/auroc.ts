import { arange, concat, type Tensor, type Updates, Variable } from "../../autograd/mod.ts";
import { checkOption, formatType, type HostArray, ShapeError, wholeIn } from "../../graph/mod.ts";
import { mustBeLabels } from "./confusion_matrix.ts";
import { DeviceMetric } from "./device_metric.ts";

/**
 * Area under the ROC curve of a binary classifier: the probability that a sample of class 1 has a
 * higher score than one of class 0, where equal scores count as half.
 *
 * Scores in [0, 1] are counted in bins, so the memory does not grow with the samples; scores in one
 * bin count as equal. With b bins, the area is off by at most the share of pairs in a common bin.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compile, openBackend, tensor } from "@gspace/gspace";
 * import { AUROC } from "@gspace/gspace/train";
 *
 * using backend = await openBackend("cpu");
 * using area = new AUROC();
 * const scores = tensor([0.1, 0.4, 0.35, 0.8]); // such as logits.sigmoid()
 * const labels = tensor([0, 0, 1, 1], [4], "i32");
 * using step = await compile({}, () => ({ updates: area.update(scores, labels) }), { backend });
 * step.run();
 * assertEquals(await area.compute(), 0.75);
 * ```
 */
export class AUROC extends DeviceMetric<number> {
  /** Number of bins of [0, 1]. */
  readonly bins: number;
  /** i32 [2, bins]: number of scores in each bin, by label. */
  readonly counts: Variable;
  /** i32[]: number of scores outside [0, 1], and of labels that are neither 0 nor 1. */
  readonly invalid: Variable;

  /** `bins`: number of bins of [0, 1], from 2 to 65,536. */
  constructor(bins = 1000) {
    super();
    checkOption("make an AUROC", { bins }, wholeIn(2, 65_536));
    this.bins = bins;
    this.counts = new Variable("auroc.counts", { dtype: "i32", shape: [2, bins] });
    this.invalid = new Variable("auroc.invalid", { dtype: "i32", shape: [] });
  }

  /** The counts. */
  override state(): ReadonlyMap<string, Variable> {
    return new Map([this.counts, this.invalid].map((variable) => [variable.name, variable]));
  }

  /**
   * Adds a batch. A sample with label −1 is ignored; any other label than 0 and 1, or a score
   * outside [0, 1], makes the area NaN.
   *
   * | argument | dtype | shape |
   * | --- | --- | --- |
   * | `scores` | f32 | any |
   * | `labels` | i32 | that of `scores` |
   *
   * @throws {ShapeError} if there is not one label for each score
   * @throws {DTypeError} if the labels are not i32
   */
  override update(scores: Tensor, labels: Tensor): Updates {
    mustBeLabels("count scores", labels);
    if (scores.shape.join() !== labels.shape.join() || scores.dtype !== "f32") {
      throw new ShapeError(
        `Cannot count scores ${formatType(scores.node.type)} with labels ` +
          `${formatType(labels.node.type)}: scores must be f32, with one label for each`,
      );
    }
    const [score, label] = [scores.flatten(), labels.flatten()];
    const isGood = score.greaterEqual(0).and(score.lessEqual(1))
      .and(label.equal(0).or(label.equal(1)));
    const bin = score.mul(this.bins).floor().cast("i32").minimum(this.bins - 1);
    const inBin = bin.reshape([-1, 1]).equal(arange(this.bins));
    const counted = [0, 1].map((value) =>
      inBin.and(isGood.and(label.equal(value)).reshape([-1, 1])).cast("i32").sum(0)
    );
    const counts = concat(counted.map((row) => row.reshape([1, this.bins])));
    const isBad = isGood.not().and(label.notEqual(-1));
    return new Map([
      [this.counts, this.counts.add(counts)],
      [this.invalid, this.invalid.add(isBad.cast("i32").sum())],
    ]);
  }

  /** The area; NaN without samples of both classes. */
  protected override result([counts, invalid]: readonly HostArray[]): number {
    if (invalid![0]! > 0) return NaN;
    let [pairs, below, positive] = [0, 0, 0];
    for (let bin = 0; bin < this.bins; bin++) {
      const [zeros, ones] = [counts![bin]!, counts![this.bins + bin]!];
      pairs += ones * (below + zeros / 2);
      below += zeros;
      positive += ones;
    }
    return pairs / (below * positive);
  }
}

import { type Tensor, type Updates, Variable } from "../../autograd/mod.ts";
import {
  checkOption,
  DTypeError,
  formatType,
  type HostArray,
  positiveWhole,
  ShapeError,
} from "../../graph/mod.ts";
import { ClassScores } from "./class_scores.ts";
import { DeviceMetric } from "./device_metric.ts";

/**
 * Counts predictions by label, and with them accuracy, precision, recall, and F1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compile, openBackend, tensor } from "@gspace/gspace";
 * import { ConfusionMatrix } from "@gspace/gspace/train";
 *
 * using backend = await openBackend("cpu");
 * using confusion = new ConfusionMatrix(2);
 * const predicted = tensor([0, 1, 1], [3], "i32");
 * const labels = tensor([0, 1, 0], [3], "i32");
 * using step = await compile({}, () => ({ updates: confusion.update(predicted, labels) }), { backend });
 * step.run();
 * const scores = await confusion.compute();
 * assertEquals(scores.counts, [[1, 1], [0, 1]]);
 * assertEquals(scores.precision("none"), [1, 0.5]);
 * ```
 */
export class ConfusionMatrix extends DeviceMetric<ClassScores> {
  /** Number of classes. */
  readonly classes: number;
  /** i32 [classes, classes]: counts by label and prediction. */
  readonly counts: Variable;
  /** i32[]: number of labels and predictions that are no classes. */
  readonly invalid: Variable;

  /** `classes`: number of classes. */
  constructor(classes: number) {
    super();
    checkOption("make a ConfusionMatrix", { classes }, positiveWhole);
    this.classes = classes;
    this.counts = new Variable("confusion.counts", { dtype: "i32", shape: [classes, classes] });
    this.invalid = new Variable("confusion.invalid", { dtype: "i32", shape: [] });
  }

  /** The counts. */
  override state(): ReadonlyMap<string, Variable> {
    return new Map([this.counts, this.invalid].map((variable) => [variable.name, variable]));
  }

  /**
   * Adds a batch. A sample with label −1 is ignored; any other label, or prediction, that is no
   * class makes all scores NaN.
   *
   * | argument | dtype | shape |
   * | --- | --- | --- |
   * | `prediction` | f32, logits | [n…, classes] |
   * | or `prediction` | i32, classes | [n…] |
   * | `labels` | i32 | [n…] |
   *
   * @throws {ShapeError} if there is not one label for each prediction, or the number of classes
   *   is another
   * @throws {DTypeError} if the labels are not i32
   */
  override update(prediction: Tensor, labels: Tensor): Updates {
    mustBeLabels("count predictions", labels);
    const predicted = this.#predicted(prediction, labels).flatten();
    const actual = labels.flatten();
    const isCounted = actual.notEqual(-1);
    const isBad = this.#isNoClass(actual).or(this.#isNoClass(predicted)).and(isCounted);
    const rows = actual.oneHot(this.classes);
    // a product of zeros and ones, exact up to 2^24 samples of a batch
    const counts = rows.transpose().matmul(predicted.oneHot(this.classes)).cast("i32");
    return new Map([
      [this.counts, this.counts.add(counts)],
      [this.invalid, this.invalid.add(isBad.cast("i32").sum())],
    ]);
  }

  #predicted(prediction: Tensor, labels: Tensor): Tensor {
    const isLogits = prediction.dtype === "f32";
    const [shape, classes] = isLogits
      ? [prediction.shape.slice(0, -1), prediction.shape.at(-1)]
      : [prediction.shape, this.classes];
    if (shape.join() === labels.shape.join() && classes === this.classes) {
      return isLogits ? prediction.argmax(-1) : prediction;
    }
    throw new ShapeError(
      `Cannot count predictions ${formatType(prediction.node.type)} with labels ` +
        `${
          formatType(labels.node.type)
        }: they must be f32 [n…, ${this.classes}] or i32 [n…], with ` +
        "one label for each",
    );
  }

  #isNoClass(labels: Tensor): Tensor {
    return labels.less(0).or(labels.greaterEqual(this.classes));
  }

  /** The scores of these counts. */
  protected override result([counts, invalid]: readonly HostArray[]): ClassScores {
    const rows = Array.from(
      { length: this.classes },
      (_, i) => [...counts!.subarray(i * this.classes, (i + 1) * this.classes)],
    );
    return new ClassScores(rows, invalid![0]!);
  }
}

/**
 * Refuses labels of another type.
 * @throws {DTypeError} if they are not i32
 */
export function mustBeLabels(action: string, labels: Tensor): void {
  if (labels.dtype === "i32") return;
  throw new DTypeError(
    `Cannot ${action}: labels must be i32: current is ${formatType(labels.node.type)}`,
  );
}

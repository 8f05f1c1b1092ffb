import { arange, type Tensor, type Updates, Variable, where } from "../../autograd/mod.ts";
import {
  checkOption,
  formatType,
  type HostArray,
  positiveWhole,
  ShapeError,
} from "../../graph/mod.ts";
import { mustBeLabels } from "./confusion_matrix.ts";
import { DeviceMetric } from "./device_metric.ts";

/**
 * Share of the samples whose label is among the k largest logits. Of equal logits, the first ones
 * count as larger, and NaN as larger than all. The label of NaN logits is never among them.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compile, openBackend, tensor } from "@gspace/gspace";
 * import { TopKAccuracy } from "@gspace/gspace/train";
 *
 * using backend = await openBackend("cpu");
 * using accuracy = new TopKAccuracy(2);
 * const logits = tensor([[3, 2, 1], [3, 2, 1]]);
 * const labels = tensor([1, 2], [2], "i32");
 * using step = await compile({}, () => ({ updates: accuracy.update(logits, labels) }), { backend });
 * step.run();
 * assertEquals(await accuracy.compute(), 0.5);
 * ```
 */
export class TopKAccuracy extends DeviceMetric<number> {
  /** Number of the largest logits among which the label may be. */
  readonly k: number;
  /** i32[]: number of samples whose label is among them. */
  readonly hits: Variable;
  /** i32[]: number of samples. */
  readonly samples: Variable;

  /** `k`: number of the largest logits among which the label may be. */
  constructor(k: number) {
    super();
    checkOption("make a TopKAccuracy", { k }, positiveWhole);
    this.k = k;
    this.hits = new Variable("topK.hits", { dtype: "i32", shape: [] });
    this.samples = new Variable("topK.samples", { dtype: "i32", shape: [] });
  }

  /** The counts. */
  override state(): ReadonlyMap<string, Variable> {
    return new Map([this.hits, this.samples].map((variable) => [variable.name, variable]));
  }

  /**
   * Adds a batch. A sample with label −1 is ignored; any other label that is no class is not among
   * the largest.
   *
   * | argument | dtype | shape |
   * | --- | --- | --- |
   * | `logits` | f32 | [n…, classes] |
   * | `labels` | i32 | [n…] |
   *
   * @throws {ShapeError} if there is not one label for each row of logits
   * @throws {DTypeError} if the labels are not i32
   */
  override update(logits: Tensor, labels: Tensor): Updates {
    mustBeLabels("count top-k predictions", labels);
    const [classes] = logits.shape.slice(-1);
    if (classes === undefined || logits.shape.slice(0, -1).join() !== labels.shape.join()) {
      throw new ShapeError(
        `Cannot count top-k predictions of ${formatType(logits.node.type)} with labels ` +
          `${formatType(labels.node.type)}: there must be one label per row of logits`,
      );
    }
    const label = labels.reshape([...labels.shape, 1]);
    const isLabel = arange(classes).equal(label);
    const own = where(isLabel, logits, 0).sum(-1, true);
    // what is not known to be behind the label is ahead of it, such as NaN
    const isBehind = logits.less(own).or(
      logits.equal(own).and(arange(classes).greaterEqual(label)),
    );
    const ahead = isBehind.not().cast("i32").sum(-1);
    const isClass = labels.greaterEqual(0).and(labels.less(classes));
    const count = (found: Tensor) => found.cast("i32").sum();
    return new Map([
      [this.hits, this.hits.add(count(ahead.less(this.k).and(isClass)))],
      [this.samples, this.samples.add(count(labels.notEqual(-1)))],
    ]);
  }

  /** The share of the samples; NaN without samples. */
  protected override result([hits, samples]: readonly HostArray[]): number {
    return hits![0]! / samples![0]!;
  }
}

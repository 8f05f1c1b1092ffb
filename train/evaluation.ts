import {
  arange,
  compile,
  type Compiled,
  readVariables,
  type Tensor,
  Variable,
  where,
  zeros,
} from "../autograd/mod.ts";
import {
  anything,
  type Backend,
  byteLength,
  checkOptions,
  formatType,
  nonEmptyText,
  optional,
  ShapeError,
  topological,
  wholeIn,
} from "../graph/mod.ts";
import { crossEntropyPerSample, type Module } from "../layers/mod.ts";
import type { DeviceSplit } from "./device_split.ts";
import { Totals } from "./totals.ts";

/** Loss and accuracy of a model on a split. */
export interface Score {
  /** Mean cross-entropy of the samples. */
  readonly loss: number;
  /** Fraction of samples that are classified correctly. */
  readonly accuracy: number;
  /** Predicted class of each sample. */
  readonly predictions: Int32Array;
  /** Mean of each metric of the options. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Largest batch of an evaluation. */
const LARGEST_BATCH = 2048;

/** Largest value of the model in such a batch, in bytes. */
const LARGEST_VALUE = 2 ** 26;

/**
 * Something to measure for each sample, f32 [rows] or bool [rows], from logits, f32 [rows, classes],
 * and labels, i32 [rows].
 */
export type Metric = (logits: Tensor, labels: Tensor) => Tensor;

/** Options for `Evaluation.create`. */
export interface EvaluationOptions {
  /** Backend to compile for. */
  readonly backend: Backend;
  /** Name in error messages and profiles. */
  readonly label: string;
  /** Number of samples to evaluate, from the first one on. Default: all. */
  readonly count?: number;
  /** What to measure besides loss and accuracy, by name. Default: nothing. */
  readonly metrics?: Readonly<Record<string, Metric>>;
}

/** The state of an evaluation on the device, and its batches. */
interface EvaluationParts {
  readonly compiled: Compiled<never, never>;
  readonly totals: Totals;
  /** f32[]: the sum of each metric, by name. */
  readonly sums: ReadonlyMap<string, Variable>;
  /** i32[]: number of the next batch. */
  readonly batch: Variable;
  /** i32 [batches, rows]: predicted class of each sample. */
  readonly predictions: Variable;
  readonly batches: number;
  readonly count: number;
}

/** A model compiled for evaluation on one split, in a few large batches of equal size. */
export class Evaluation implements Disposable {
  readonly #parts: EvaluationParts;

  private constructor(parts: EvaluationParts) {
    this.#parts = parts;
  }

  /**
   * Compiles the evaluation of a model on a split.
   * @throws {RangeError} if `count` is not from 1 to the number of samples
   */
  static async create(
    model: Module,
    split: DeviceSplit,
    options: EvaluationOptions,
  ): Promise<Evaluation> {
    checkOptions("evaluate a model", options, {
      backend: anything,
      label: nonEmptyText,
      count: optional(wholeIn(1, split.count)),
      metrics: optional(anything),
    });
    const { backend, label, count = split.count, metrics = {} } = options;
    const batches = Math.ceil(count / largestBatch(model, split, backend));
    const rows = Math.ceil(count / batches);
    const totals = new Totals();
    const batch = new Variable("evaluation.batch", { dtype: "i32", shape: [] });
    const all = { dtype: "i32", shape: [batches, rows] } as const;
    const predictions = new Variable("evaluation.predictions", all);
    const sums = new Map(Object.keys(metrics).map((name) => [name, scalar(name)]));
    const batchNumbers = arange(batches).reshape([batches, 1]);
    const compiled = await compile<never, never>({}, () => {
      const index = batch.mul(rows).add(arange(rows));
      // the last batch may reach past the end: gather clamps there, and these rows are not counted
      const counts = index.less(count);
      const logits = model.forward(split.batch(index).named("batch"));
      const labels = split.y.gather(index);
      const losses = crossEntropyPerSample(logits, labels);
      const predicted = logits.argmax(-1);
      const total = (values: Tensor) => where(counts, values, zeros([])).sum();
      const measured = [...sums].map(([name, sum]) =>
        [sum, sum.add(total(valuesOf(metrics, name, { logits, labels })))] as const
      );
      const hits = predicted.equal(labels).and(counts).cast("i32");
      return {
        updates: new Map([
          [batch, batch.add(1)],
          [predictions, where(batchNumbers.equal(batch), predicted, predictions)],
          ...totals.add(total(losses), hits.sum()),
          ...measured,
        ]),
      };
    }, { backend, label });
    return new Evaluation({ compiled, totals, sums, batch, predictions, batches, count });
  }

  /** Evaluates the model with its current weights. */
  async run(): Promise<Score> {
    const { compiled, totals, sums, batch, predictions, batches, count } = this.#parts;
    totals.reset();
    batch.assign(Int32Array.of(0));
    for (const sum of sums.values()) sum.assign(Float32Array.of(0));
    for (let i = 0; i < batches; i++) compiled.run();
    const read = [totals.loss, totals.correct, predictions, ...sums.values()];
    const [loss, correct, classes, ...measured] = await readVariables(read);
    return {
      loss: loss![0]! / count,
      accuracy: correct![0]! / count,
      predictions: Int32Array.from(classes!.subarray(0, count)),
      metrics: Object.fromEntries(
        [...sums.keys()].map((name, i) => [name, measured[i]![0]! / count]),
      ),
    };
  }

  /** Frees the device memory. */
  [Symbol.dispose](): void {
    const { compiled, totals, sums, batch, predictions } = this.#parts;
    for (const owner of [compiled, totals, ...sums.values(), batch, predictions]) {
      owner[Symbol.dispose]();
    }
  }
}

function scalar(name: string): Variable {
  return new Variable(`evaluation.${name}`, { dtype: "f32", shape: [] });
}

/** f32 [rows]: a metric of the samples of a batch. */
function valuesOf(
  metrics: Readonly<Record<string, Metric>>,
  name: string,
  { logits, labels }: { readonly logits: Tensor; readonly labels: Tensor },
): Tensor {
  const values = metrics[name]!(logits, labels);
  if (values.shape.length === 1 && values.shape[0] === labels.shape[0]) return values.cast("f32");
  throw new ShapeError(
    `Cannot measure "${name}": a metric must give one value per sample, f32[${labels.shape[0]}]: ` +
      `current is ${formatType(values.node.type)}`,
  );
}

/** The largest batch for which no value of the model becomes too large. */
function largestBatch(model: Module, split: DeviceSplit, { limits }: Backend): number {
  const one = model.forward(split.batch(arange(1)));
  const perSample = topological([one.node]).filter(({ type }) => type.shape[0] === 1);
  const bytes = Math.max(1, ...perSample.map(({ type }) => byteLength(type)));
  const most = Math.floor(Math.min(LARGEST_VALUE, limits.bytesPerSlot) / bytes);
  return Math.max(1, Math.min(LARGEST_BATCH, most));
}

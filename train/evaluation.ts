import {
  arange,
  compile,
  type Compiled,
  readVariables,
  type Tensor,
  type Updates,
  Variable,
  where,
  zeros,
} from "../autograd/mod.ts";
import { alone, checkCommunicator, type Communicator } from "../distributed/mod.ts";
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
import { crossEntropyPerSample } from "../layers/mod.ts";
import { type BatchModel, logitsOf } from "./batch_model.ts";
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
  /** Connects the ranks that divide the batches. Default: there is one. */
  readonly communicator?: Communicator | undefined;
  /** What to measure besides loss and accuracy, by name. Default: nothing. */
  readonly metrics?: Readonly<Record<string, Metric>>;
}

/** What to evaluate: `count` samples of a split, in `batches` of `rows`. */
interface Task {
  readonly model: BatchModel;
  readonly split: DeviceSplit;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly count: number;
  readonly batches: number;
  readonly rows: number;
  readonly communicator: Communicator;
}

/** Results on the device, and the number of the next batch. */
class EvaluationState implements Disposable {
  readonly totals: Totals = new Totals();
  /** f32[]: the sum of each metric, by name. */
  readonly sums: ReadonlyMap<string, Variable>;
  /** i32[]: number of the next batch. */
  readonly batch: Variable = new Variable("evaluation.batch", { dtype: "i32", shape: [] });
  /** i32 [batches, rows]: predicted class of each sample. */
  readonly predictions: Variable;

  constructor({ metrics, batches, rows }: Task) {
    const scalar = (name: string) =>
      new Variable(`evaluation.${name}`, { dtype: "f32", shape: [] });
    this.sums = new Map(Object.keys(metrics).map((name) => [name, scalar(name)]));
    const all = { dtype: "i32", shape: [batches, rows] } as const;
    this.predictions = new Variable("evaluation.predictions", all);
  }

  /** Begins again at a batch. */
  reset(batch: number): void {
    this.totals.reset();
    this.batch.assign(Int32Array.of(batch));
    for (const sum of this.sums.values()) sum.assign(Float32Array.of(0));
  }

  /** The results of all ranks. */
  async read({ count, communicator }: Task): Promise<Score> {
    const { totals, sums } = this;
    const read = [totals.loss, totals.correct, ...sums.values()];
    const [classes, ...values] = await readVariables([this.predictions, ...read]);
    const added = Float32Array.from(values, ([value]) => value!);
    await communicator.sum(added);
    const predictions = classes as Int32Array; // 0 where another rank predicts
    await communicator.max(predictions);
    const [loss, correct, ...measured] = Array.from(added, (value) => value / count);
    return {
      loss: loss!,
      accuracy: correct!,
      predictions: Int32Array.from(predictions.subarray(0, count)),
      metrics: Object.fromEntries([...sums.keys()].map((name, i) => [name, measured[i]!])),
    };
  }

  [Symbol.dispose](): void {
    for (const owner of [this.totals, ...this.sums.values(), this.batch, this.predictions]) {
      owner[Symbol.dispose]();
    }
  }
}

/** A model compiled for evaluation on one split, in a few large batches of equal size. */
export class Evaluation implements Disposable {
  readonly #task: Task;
  readonly #state: EvaluationState;
  readonly #compiled: Compiled<never, never>;

  private constructor(task: Task, state: EvaluationState, compiled: Compiled<never, never>) {
    this.#task = task;
    this.#state = state;
    this.#compiled = compiled;
  }

  /**
   * Compiles the evaluation of a model on a split.
   * @throws {RangeError} if `count` is not from 1 to the number of samples
   * @throws {ShapeError} if a metric does not give one value per sample
   */
  static async create(
    model: BatchModel,
    split: DeviceSplit,
    options: EvaluationOptions,
  ): Promise<Evaluation> {
    checkOptions("evaluate a model", options, {
      backend: anything,
      label: nonEmptyText,
      count: optional(wholeIn(1, split.count)),
      communicator: optional(anything),
      metrics: optional(anything),
    });
    const { backend, label, count = split.count, metrics = {}, communicator = alone } = options;
    checkCommunicator("evaluate a model", communicator);
    const batches = Int32Array.of(Math.ceil(count / largestBatch(model, split, backend)));
    await communicator.max(batches); // backends may differ
    const task = taskOf({ model, split, metrics, count, communicator }, batches[0]!);
    const state = new EvaluationState(task);
    const trace = () => ({ updates: updatesOf(task, state) });
    const compiled = await compile<never, never>({}, trace, { backend, label });
    return new Evaluation(task, state, compiled);
  }

  /** Evaluates the model with its current weights. */
  async run(): Promise<Score> {
    const { batches, communicator } = this.#task;
    const perRank = batches / communicator.size;
    this.#state.reset(communicator.rank * perRank);
    for (let i = 0; i < perRank; i++) this.#compiled.run();
    return await this.#state.read(this.#task);
  }

  /** Frees the device memory. */
  [Symbol.dispose](): void {
    this.#compiled[Symbol.dispose]();
    this.#state[Symbol.dispose]();
  }
}

/** Divides an evaluation into at least this many batches, equally many for each rank. */
function taskOf(what: Omit<Task, "batches" | "rows">, fewest: number): Task {
  const { count, communicator: { size } } = what;
  const batches = Math.ceil(fewest / size) * size;
  return { ...what, batches, rows: Math.ceil(count / batches) };
}

/** Adds the next batch to the results. */
function updatesOf(task: Task, { totals, sums, batch, predictions }: EvaluationState): Updates {
  const { model, split, metrics, count, batches, rows } = task;
  const index = batch.mul(rows).add(arange(rows));
  // the last batch may reach past the end: gather clamps there, and these rows are not counted
  const counts = index.less(count);
  const logits = logitsOf(model, split.inputsOf(index));
  const labels = split.y.gather(index);
  const losses = crossEntropyPerSample(logits, labels);
  const predicted = logits.argmax(-1);
  const total = (values: Tensor) => where(counts, values, zeros([])).sum();
  const measured = [...sums].map(([name, sum]) =>
    [sum, sum.add(total(valuesOf(metrics, name, { logits, labels })))] as const
  );
  const hits = predicted.equal(labels).and(counts).cast("i32");
  const isBatch = arange(batches).reshape([batches, 1]).equal(batch);
  return new Map([
    [batch, batch.add(1)],
    [predictions, where(isBatch, predicted, predictions)],
    ...totals.add(total(losses), hits.sum()),
    ...measured,
  ]);
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
function largestBatch(model: BatchModel, split: DeviceSplit, { limits }: Backend): number {
  const one = logitsOf(model, split.inputsOf(arange(1)));
  const perSample = topological([one.node]).filter(({ type }) => type.shape[0] === 1);
  const bytes = Math.max(1, ...perSample.map(({ type }) => byteLength(type)));
  const most = Math.floor(Math.min(LARGEST_VALUE, limits.bytesPerSlot) / bytes);
  return Math.max(1, Math.min(LARGEST_BATCH, most));
}

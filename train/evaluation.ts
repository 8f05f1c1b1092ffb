import {
  arange,
  compile,
  type Compiled,
  readVariables,
  Variable,
  where,
  zeros,
} from "../autograd/mod.ts";
import { type Backend, byteLength, topological } from "../graph/mod.ts";
import { crossEntropyPerSample, type Module } from "../layers/mod.ts";
import type { DeviceSplit } from "./device_split.ts";
import { Totals } from "./totals.ts";

/** How well a model does on a split. */
export interface Score {
  /** Mean loss of a sample. */
  readonly loss: number;
  /** Share of samples that are classified correctly. */
  readonly accuracy: number;
  /** The class that each sample is taken for. */
  readonly predictions: Int32Array;
}

/** Most samples that are looked at in one run of the model. */
const LARGEST_BATCH = 2048;

/** Most bytes that one value of such a run should take. */
const LARGEST_VALUE = 2 ** 26;

/** What an evaluation is told besides model and split. */
export interface EvaluationOptions {
  readonly backend: Backend;
  /** For messages and profiles. */
  readonly label: string;
  /** How many samples to look at, from the first on; all unless told. */
  readonly count?: number;
}

/** What an evaluation holds on the device, and how it goes through the split. */
interface EvaluationParts {
  readonly compiled: Compiled<never, never>;
  readonly totals: Totals;
  /** i32[]: number of the next batch. */
  readonly batch: Variable;
  /** i32 [batches, rows]: the class that each sample was taken for. */
  readonly predictions: Variable;
  readonly batches: number;
  readonly count: number;
}

/** A model compiled for measuring it on one split, in few large batches of equal size. */
export class Evaluation implements Disposable {
  readonly #parts: EvaluationParts;

  private constructor(parts: EvaluationParts) {
    this.#parts = parts;
  }

  /** Compiles the evaluation of a model on a split. */
  static async create(
    model: Module,
    split: DeviceSplit,
    { backend, label, count = split.count }: EvaluationOptions,
  ): Promise<Evaluation> {
    const batches = Math.ceil(count / largestBatch(model, split, backend));
    const rows = Math.ceil(count / batches);
    const totals = new Totals();
    const batch = new Variable("evaluation.batch", { dtype: "i32", shape: [] });
    const all = { dtype: "i32", shape: [batches, rows] } as const;
    const predictions = new Variable("evaluation.predictions", all);
    const batchNumbers = arange(batches).reshape([batches, 1]);
    const compiled = await compile<never, never>({}, () => {
      const index = batch.mul(rows).add(arange(rows));
      // the last batch may reach past the end: gather clamps, and these rows do not count
      const counts = index.less(count);
      const logits = model.forward(split.batch(index).named("batch"));
      const labels = split.y.gather(index);
      const losses = crossEntropyPerSample(logits, labels);
      const predicted = logits.argmax(-1);
      const hits = predicted.equal(labels).and(counts).cast("i32");
      return {
        updates: new Map([
          [batch, batch.add(1)],
          [predictions, where(batchNumbers.equal(batch), predicted, predictions)],
          ...totals.add(where(counts, losses, zeros([])).sum(), hits.sum()),
        ]),
      };
    }, { backend, label });
    return new Evaluation({ compiled, totals, batch, predictions, batches, count });
  }

  /** Measures the model as it is now. */
  async run(): Promise<Score> {
    const { compiled, totals, batch, predictions, batches, count } = this.#parts;
    totals.reset();
    batch.assign(Int32Array.of(0));
    for (let i = 0; i < batches; i++) compiled.run();
    const values = await readVariables([totals.loss, totals.correct, predictions]);
    const [loss, correct, classes] = [values[0]!, values[1]!, values[2]!];
    return {
      loss: loss[0]! / count,
      accuracy: correct[0]! / count,
      predictions: Int32Array.from(classes.subarray(0, count)),
    };
  }

  /** Frees the device memory. */
  [Symbol.dispose](): void {
    const { compiled, totals, batch, predictions } = this.#parts;
    for (const owner of [compiled, totals, batch, predictions]) owner[Symbol.dispose]();
  }
}

/** A number of samples for which no value of the model becomes too large. */
function largestBatch(model: Module, split: DeviceSplit, { limits }: Backend): number {
  const one = model.forward(split.batch(arange(1)));
  const perSample = topological([one.node]).filter(({ type }) => type.shape[0] === 1);
  const bytes = Math.max(1, ...perSample.map(({ type }) => byteLength(type)));
  const most = Math.floor(Math.min(LARGEST_VALUE, limits.bytesPerSlot) / bytes);
  return Math.max(1, Math.min(LARGEST_BATCH, most));
}

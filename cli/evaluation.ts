import { arange, compile, type Compiled, Variable, where, zeros } from "../autograd/mod.ts";
import { type Backend, byteLength, topological } from "../graph/mod.ts";
import { crossEntropyPerSample, type Module } from "../layers/mod.ts";
import type { DeviceSplit } from "./device_data.ts";
import { Totals } from "./totals.ts";

/** How well a model does on a split. */
export interface Score {
  /** Mean loss of a sample. */
  readonly loss: number;
  /** Share of samples that are classified correctly. */
  readonly accuracy: number;
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

/** A model compiled for measuring it on one split, in few large batches of equal size. */
export class Evaluation implements Disposable {
  readonly #compiled: Compiled<never, never>;
  readonly #totals: Totals;
  readonly #batch: Variable;
  readonly #batches: number;
  readonly #count: number;

  private constructor(
    parts: {
      compiled: Compiled<never, never>;
      totals: Totals;
      batch: Variable;
      batches: number;
      count: number;
    },
  ) {
    this.#compiled = parts.compiled;
    this.#totals = parts.totals;
    this.#batch = parts.batch;
    this.#batches = parts.batches;
    this.#count = parts.count;
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
    const compiled = await compile<never, never>({}, () => {
      const index = batch.mul(rows).add(arange(rows));
      // the last batch may reach past the end: gather clamps, and these rows do not count
      const counts = index.less(count);
      const logits = model.forward(split.batch(index).named("batch"));
      const labels = split.y.gather(index);
      const losses = crossEntropyPerSample(logits, labels);
      const hits = logits.argmax(-1).equal(labels).and(counts).cast("i32");
      return {
        updates: new Map([
          [batch, batch.add(1)],
          ...totals.add(where(counts, losses, zeros([])).sum(), hits.sum()),
        ]),
      };
    }, { backend, label });
    return new Evaluation({ compiled, totals, batch, batches, count });
  }

  /** Measures the model as it is now. */
  async run(): Promise<Score> {
    this.#totals.reset();
    this.#batch.assign(Int32Array.of(0));
    for (let i = 0; i < this.#batches; i++) this.#compiled.run();
    const { loss, correct } = await this.#totals.read();
    return { loss: loss / this.#count, accuracy: correct / this.#count };
  }

  /** Frees the device memory. */
  [Symbol.dispose](): void {
    this.#compiled[Symbol.dispose]();
    this.#totals[Symbol.dispose]();
    this.#batch[Symbol.dispose]();
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

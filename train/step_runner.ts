import { compile, type Tensor, type Traced, type Updates, type Variable } from "../autograd/mod.ts";
import {
  alone,
  type Communicator,
  compileDistributed,
  rowsOfRank,
  sumOverRanks,
} from "../distributed/mod.ts";
import { type Backend, type Pass, type Plan, temporaryBytes } from "../graph/mod.ts";
import { countCorrect, crossEntropy } from "../layers/mod.ts";
import type { Optimizer } from "../optim/mod.ts";
import { stepsPerEpoch } from "./batch_layout.ts";
import { type BatchModel, logitsOf } from "./batch_model.ts";
import { BatchParts, type CompiledStep } from "./batch_parts.ts";
import { type BatchSource, type SampleRange, takeBatch } from "./step_batch.ts";
import { Totals } from "./totals.ts";

/**
 * Mean loss of a batch, f32[]. `target` is the labels, i32 [rows], or with mixup the share of each
 * class, f32 [rows, classes].
 */
export type BatchLoss = (logits: Tensor, target: Tensor) => Tensor;

/** What a `StepRunner` trains, on which data, and how. */
interface StepRunnerParts extends BatchSource {
  readonly model: BatchModel;
  readonly optimizer: Optimizer;
  /** Applied to the graph of a step, in order: for example a G-SGD pass. Default: none. */
  readonly passes?: readonly Pass[] | undefined;
  /** Other state on the device, such as that of schedules. Default: none. */
  readonly extraState?: readonly Variable[];
  /** Default: cross-entropy. */
  readonly loss?: BatchLoss | undefined;
  /**
   * Number of parts in which the gradients of a batch are computed, to save memory. Default: 1.
   * Not with mixup.
   */
  readonly accumulate?: number | undefined;
  /** Connects the ranks that divide each batch. Default: there is one. */
  readonly communicator?: Communicator | undefined;
  /** Whether batch normalization uses the statistics of all ranks. Default: false. */
  readonly syncBatchNorm?: boolean | undefined;
  readonly label: string;
  /**
   * A compiled step with at least this many bytes is freed before another one is compiled. Smaller
   * steps of several optimizers fit into device memory together. Default: 256 MiB.
   */
  readonly largeStep?: number;
}

/**
 * Compiles training steps, and runs them. A step uploads and reads nothing: the optimizer's step
 * counter selects its samples.
 */
export class StepRunner implements Disposable {
  readonly parts: StepRunnerParts;
  readonly totals: Totals = new Totals();
  /** Passes to apply to the graph of a step. Those that need the graph to plan are added later. */
  readonly passes: Pass[];
  /** State on the device other than that of model and optimizer, such as that of a pass. */
  readonly extraState: Variable[];
  readonly #backend: Backend | undefined;
  /** By number of samples. */
  readonly #steps = new Map<number, CompiledStep>();
  readonly #batchParts: BatchParts | undefined;
  #plan: Plan | undefined;

  /** Compiles nothing yet. `prepare` needs a backend; `trace` does not. */
  constructor(parts: StepRunnerParts, backend?: Backend) {
    this.parts = parts;
    this.#backend = backend;
    this.passes = [...parts.passes ?? []];
    this.extraState = [...parts.extraState ?? []];
    const { optimizer, accumulate = 1 } = parts;
    if (accumulate > 1) this.#batchParts = new BatchParts(optimizer, accumulate);
  }

  /** All state that a checkpoint needs for exact resumption, by name. */
  state(): ReadonlyMap<string, Variable> {
    const { model, optimizer } = this.parts;
    return new Map<string, Variable>([
      ...model.state(),
      ...[...optimizer.state()].map(([name, state]) => [`optimizer.${name}`, state] as const),
      ["epoch.loss", this.totals.loss],
      ["epoch.correct", this.totals.correct],
      ...this.extraState.map((variable) => [variable.name, variable] as const),
    ]);
  }

  /**
   * The traced step on `rows` samples, before passes: what this process computes. Of a batch in
   * parts, what applies them.
   */
  trace(rows: number): Traced<never> {
    if (!this.#batchParts) return this.#traceStep(rows, this.parts.communicator);
    this.#tracePart(rows, this.#batchParts.sizesOf(rows)[0]!);
    return { updates: this.#batchParts.apply() };
  }

  /** The traced step on `rows` samples, before passes, as one process takes it, in one part. */
  traceWhole(rows: number): Traced<never> {
    return this.#traceStep(rows, undefined);
  }

  #traceStep(rows: number, communicator: Communicator | undefined): Traced<never> {
    const { optimizer } = this.parts;
    const { step } = optimizer;
    const range = { step, counter: step, rows: rowsOfRank(rows, communicator ?? alone) };
    const { loss, updates } = this.#forward(range, communicator);
    return { updates: new Map([...optimizer.minimize(loss), ...updates]) };
  }

  /** What a part of `size` samples of a batch adds to the gradients. */
  #tracePart(rows: number, size: number): Traced<never> {
    const parts = this.#batchParts!;
    const { communicator } = this.parts;
    const { loss, updates } = this.#forward({
      step: this.parts.optimizer.step,
      first: parts.firstOf(rows),
      counter: parts.counter,
      rows: rowsOfRank(size, communicator ?? alone),
    }, communicator);
    return { updates: new Map([...parts.accumulate(loss, size), ...updates]) };
  }

  /**
   * The mean loss of some samples, and the updates that are not the optimizer's. With several ranks,
   * the loss is this rank's share of it.
   */
  #forward(
    range: SampleRange,
    communicator: Communicator | undefined,
  ): { readonly loss: Tensor; readonly updates: Updates } {
    const { model, seed, loss: lossOf = crossEntropy, syncBatchNorm } = this.parts;
    const { of: rows, share } = range.rows;
    const { inputs, target, labels } = takeBatch(this.parts, range);
    const statistics = new Map<Variable, Tensor>();
    const mean = communicator ? (x: Tensor) => sumOverRanks(x.mul(share)) : (x: Tensor) => x;
    const record = (variable: Variable, next: Tensor) => void statistics.set(variable, mean(next));
    const part = { ...range.rows, ...(syncBatchNorm && { sum: sumOverRanks }) };
    const whole = { training: true, counter: range.counter, seed, record };
    const logits = logitsOf(model, inputs, communicator ? { ...whole, part } : whole);
    const loss = lossOf(logits, target);
    const hits = countCorrect(logits, labels);
    const own = hits.cast("f32").mul(Math.sign(share));
    const sums = this.totals.add(
      mean(loss).mul(rows),
      communicator ? sumOverRanks(own).cast("i32") : hits,
    );
    const shared = communicator ? loss.mul(share) : loss;
    return { loss: shared, updates: new Map([...statistics, ...sums]) };
  }

  /** Number of samples in step number `step`. */
  rowsOf(step: number): number {
    const { full, rest, batch } = this.parts.layout;
    return step % stepsPerEpoch(this.parts.layout) < full ? batch : rest;
  }

  /** Compiles what steps `from` to `to` − 1 need, after freeing large steps that they do not need. */
  async prepare(from: number, to: number): Promise<void> {
    // only the last step may have a smaller batch
    const needed = new Set([this.rowsOf(from), this.rowsOf(to - 1)]);
    this.release((rows) => !needed.has(rows));
    for (const rows of needed) {
      if (!this.#steps.has(rows)) this.#steps.set(rows, await this.#compile(rows));
    }
  }

  /** Frees large compiled steps. They are compiled again when they are needed. */
  release(isFree: (rows: number) => boolean = () => true): void {
    for (const [rows, step] of this.#steps) {
      if (!isFree(rows) || !this.#isLarge(step.plan)) continue;
      step[Symbol.dispose]();
      this.#steps.delete(rows);
    }
  }

  /** Whether a step that was compiled so far is large. */
  get isLarge(): boolean {
    return this.#plan !== undefined && this.#isLarge(this.#plan);
  }

  #isLarge(plan: Plan): boolean {
    return temporaryBytes(plan) >= (this.parts.largeStep ?? 2 ** 28);
  }

  /** The plan of the compiled step that takes the most memory so far. */
  get plan(): Plan | undefined {
    return this.#plan;
  }

  /** Runs steps `from` to `to` − 1, which must be in one epoch. `from` steps were run before. */
  async run(from: number, to: number): Promise<void> {
    for (let step = from; step < to; step++) {
      const compiled = this.#steps.get(this.rowsOf(step));
      if (!compiled) throw new Error(`Internal: step ${step} was not prepared`);
      const exchanged = compiled.run();
      if (exchanged) await exchanged;
    }
  }

  /** Frees the compiled steps and the sums, but not the model and the optimizer. */
  [Symbol.dispose](): void {
    for (const step of this.#steps.values()) step[Symbol.dispose]();
    this.totals[Symbol.dispose]();
    this.#batchParts?.[Symbol.dispose]();
  }

  async #compile(rows: number): Promise<CompiledStep> {
    const { passes } = this;
    const parts = this.#batchParts;
    const step = parts
      ? await parts.compile(rows, {
        part: (size) => this.#program(() => this.#tracePart(rows, size), "local", []),
        apply: () => this.#program(() => this.trace(rows), "summed", passes),
      })
      : await this.#program(() => this.trace(rows), "summed", passes);
    const largest = this.#plan ? temporaryBytes(this.#plan) : 0;
    if (temporaryBytes(step.plan) >= largest) this.#plan = step.plan;
    return step;
  }

  /** Compiles a program of a step. Gradients that stay local are summed by a later program. */
  #program(
    trace: () => Traced<never>,
    gradients: "local" | "summed",
    passes: readonly Pass[],
  ): Promise<CompiledStep> {
    const { label, communicator } = this.parts;
    const options = { passes, label, ...(this.#backend && { backend: this.#backend }) };
    if (!communicator) return compile<never, never>({}, trace, options);
    const local = this.#batchParts?.sums ?? [];
    return compileDistributed<never, never>({}, trace, {
      ...options,
      communicator,
      gradients,
      local,
    });
  }
}

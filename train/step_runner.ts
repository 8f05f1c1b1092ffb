import {
  arange,
  compile,
  type Tensor,
  type Traced,
  type Updates,
  type Variable,
} from "../autograd/mod.ts";
import { type Backend, type Pass, type Plan, temporaryBytes } from "../graph/mod.ts";
import { countCorrect, crossEntropy } from "../layers/mod.ts";
import type { Optimizer } from "../optim/mod.ts";
import { drawJitter } from "./augment.ts";
import { type BatchLayout, stepsPerEpoch } from "./batch_layout.ts";
import { type BatchInputs, type BatchModel, logitsOf } from "./batch_model.ts";
import { BatchParts, type CompiledStep } from "./batch_parts.ts";
import type { DeviceSplit } from "./device_split.ts";
import type { MixedBatch, Mixup } from "./mixup.ts";
import { Totals } from "./totals.ts";

/**
 * Mean loss of a batch, f32[]. `target` is the labels, i32 [rows], or with mixup the share of each
 * class, f32 [rows, classes].
 */
export type BatchLoss = (logits: Tensor, target: Tensor) => Tensor;

/** Samples of a step. */
interface SampleRange {
  readonly rows: number;
  /** i32[]: the first one, counted within the step. Default: 0. */
  readonly first?: Tensor;
  /** i32[]: makes random numbers differ. */
  readonly counter: Tensor;
}

/** The samples of a step, and what the model takes of them. */
interface StepBatch extends MixedBatch {
  readonly inputs: BatchInputs;
}

/** What a `StepRunner` trains, on which data, and how. */
interface StepRunnerParts {
  readonly model: BatchModel;
  readonly optimizer: Optimizer;
  readonly data: DeviceSplit;
  /** i32: the samples in the order of the current epoch. */
  readonly order: Variable;
  readonly layout: BatchLayout;
  /** Applied to the graph of a step, in order: for example a G-SGD pass. Default: none. */
  readonly passes?: readonly Pass[];
  /** Other state on the device, such as that of schedules. Default: none. */
  readonly extraState?: readonly Variable[];
  readonly seed: number;
  /** Whether to shift and flip images at random. Default: false. */
  readonly augment?: boolean;
  /** Default: cross-entropy. */
  readonly loss?: BatchLoss;
  /**
   * Number of parts in which the gradients of a batch are computed, to save memory. Default: 1.
   * Not with mixup.
   */
  readonly accumulate?: number;
  /** Mixes the samples of a batch, if given. */
  readonly mixup?: Mixup | undefined;
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
  readonly #parts: BatchParts | undefined;
  #plan: Plan | undefined;

  /** Compiles nothing yet. `prepare` needs a backend; `trace` does not. */
  constructor(parts: StepRunnerParts, backend?: Backend) {
    this.parts = parts;
    this.#backend = backend;
    this.passes = [...parts.passes ?? []];
    this.extraState = [...parts.extraState ?? []];
    const { optimizer, accumulate = 1 } = parts;
    if (accumulate > 1) this.#parts = new BatchParts(optimizer, accumulate);
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

  /** The traced step on `rows` samples, before passes. Of a batch in parts, what applies them. */
  trace(rows: number): Traced<never> {
    const { optimizer } = this.parts;
    if (this.#parts) {
      this.#tracePart(rows, this.#parts.sizesOf(rows)[0]!);
      return { updates: this.#parts.apply() };
    }
    const { loss, updates } = this.#forward({ rows, counter: optimizer.step });
    return { updates: new Map([...optimizer.minimize(loss), ...updates]) };
  }

  /** What a part of `size` samples of a batch adds to the gradients. */
  #tracePart(rows: number, size: number): Traced<never> {
    const parts = this.#parts!;
    const range = { rows: size, first: parts.firstOf(rows), counter: parts.counter };
    const { loss, updates } = this.#forward(range);
    return { updates: new Map([...parts.accumulate(loss, size), ...updates]) };
  }

  /** The mean loss of some samples, and the updates that are not the optimizer's. */
  #forward(range: SampleRange): { readonly loss: Tensor; readonly updates: Updates } {
    const { model, seed, loss: lossOf = crossEntropy } = this.parts;
    const { inputs, target, labels } = this.#batch(range);
    const statistics = new Map<Variable, Tensor>();
    const record = (variable: Variable, next: Tensor) => void statistics.set(variable, next);
    const context = { training: true, counter: range.counter, seed, record };
    const logits = logitsOf(model, inputs, context);
    const loss = lossOf(logits, target);
    const sums = this.totals.add(loss.mul(range.rows), countCorrect(logits, labels));
    return { loss, updates: new Map([...statistics, ...sums]) };
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

  /** Submits steps `from` to `to` − 1, which must be in one epoch. `from` steps were run before. */
  run(from: number, to: number): void {
    for (let step = from; step < to; step++) {
      const compiled = this.#steps.get(this.rowsOf(step));
      if (!compiled) throw new Error(`Internal: step ${step} was not prepared`);
      compiled.run();
    }
  }

  /** Frees the compiled steps and the sums, but not the model and the optimizer. */
  [Symbol.dispose](): void {
    for (const step of this.#steps.values()) step[Symbol.dispose]();
    this.totals[Symbol.dispose]();
    this.#parts?.[Symbol.dispose]();
  }

  /** Some samples of a step, their targets, and the labels that accuracy counts. */
  #batch({ rows, first, counter }: SampleRange): StepBatch {
    const { optimizer: { step }, data, order, layout, seed, augment, mixup } = this.parts;
    const start = step.mod(stepsPerEpoch(layout)).mul(layout.batch);
    const index = order.gather((first ? start.add(first) : start).add(arange(rows)));
    const labels = data.y.gather(index);
    const x = augment
      ? data.jittered(index, drawJitter(counter, { rows, seed }))
      : data.batch(index);
    const batch = mixup ? mixup.mix({ x, labels }, step) : { x, target: labels, labels };
    return { ...batch, inputs: data.inputsOf(index, batch.x) };
  }

  async #compile(rows: number): Promise<CompiledStep> {
    const { passes, parts: { label } } = this;
    const program = (trace: () => Traced<never>, applied: readonly Pass[]) =>
      compile<never, never>({}, trace, {
        passes: applied,
        label,
        ...(this.#backend && { backend: this.#backend }),
      });
    const step = this.#parts
      ? await this.#parts.compile(rows, {
        part: (size) => program(() => this.#tracePart(rows, size), []),
        apply: () => program(() => this.trace(rows), passes),
      })
      : await program(() => this.trace(rows), passes);
    const largest = this.#plan ? temporaryBytes(this.#plan) : 0;
    if (temporaryBytes(step.plan) >= largest) this.#plan = step.plan;
    return step;
  }
}

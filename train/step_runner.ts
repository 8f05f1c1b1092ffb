import {
  arange,
  compile,
  type Compiled,
  type Tensor,
  type Traced,
  type Variable,
} from "../autograd/mod.ts";
import { type Backend, type Pass, type Plan, temporaryBytes } from "../graph/mod.ts";
import { countCorrect, crossEntropy, type Module } from "../layers/mod.ts";
import type { Optimizer } from "../optim/mod.ts";
import { drawJitter } from "./augment.ts";
import { type BatchLayout, stepsPerEpoch } from "./batch_layout.ts";
import type { DeviceSplit } from "./device_split.ts";
import type { MixedBatch, Mixup } from "./mixup.ts";
import { Totals } from "./totals.ts";

/** What a trainer works on. */
export interface StepRunnerParts {
  readonly model: Module;
  readonly optimizer: Optimizer;
  readonly data: DeviceSplit;
  /** i32: the samples in the order of the current epoch. */
  readonly order: Variable;
  readonly layout: BatchLayout;
  /** Run over the graph of a step: G-SGD. */
  readonly passes: readonly Pass[];
  /** What passes and schedules keep on the device besides. */
  readonly extraState: ReadonlyMap<string, Variable>;
  readonly seed: number;
  /** Are images moved and mirrored at random? */
  readonly augment: boolean;
  /** Share of the target that is spread over all classes; 0 unless told. */
  readonly labelSmoothing?: number;
  /** Mixes the samples of a batch, if told. */
  readonly mixup?: Mixup | undefined;
  readonly label: string;
  /** Bytes from which on a compiled step is not kept while another one runs. */
  readonly largeStep: number;
}

/** Steps of several optimizers with less than this many bytes each can well be kept together. */
export const LARGE_STEP = 2 ** 28;

/**
 * A model, an optimizer and data compiled into training steps that upload and read nothing:
 * the optimizer's own step counter says which samples of the order are next.
 */
export class StepRunner implements Disposable {
  readonly parts: StepRunnerParts;
  readonly totals: Totals = new Totals();
  readonly #backend: Backend | undefined;
  /** By number of samples. */
  readonly #steps = new Map<number, Compiled<never, never>>();
  #plan: Plan | undefined;

  /** Nothing is compiled before it is needed; only then must there be a backend. */
  constructor(parts: StepRunnerParts, backend?: Backend) {
    this.parts = parts;
    this.#backend = backend;
  }

  /** Everything that a checkpoint must hold for an exact continuation, by name. */
  state(): ReadonlyMap<string, Variable> {
    const { model, optimizer, extraState } = this.parts;
    const optimizerState = [...optimizer.state()].map(([name, variable]) =>
      [`optimizer.${name}`, variable] as const
    );
    return new Map<string, Variable>([
      ...model.state(),
      ...optimizerState,
      ["epoch.loss", this.totals.loss],
      ["epoch.correct", this.totals.correct],
      ...extraState,
    ]);
  }

  /** One step on `rows` samples, as a graph. */
  trace(rows: number): Traced<never> {
    const { model, optimizer, seed, labelSmoothing = 0 } = this.parts;
    const { x, target, labels } = this.#batch(rows);
    const statistics = new Map<Variable, Tensor>();
    const record = (variable: Variable, next: Tensor) => void statistics.set(variable, next);
    const context = { training: true, counter: optimizer.step, seed, record };
    const logits = model.forward(x.named("batch"), context);
    const loss = crossEntropy(logits, target, { labelSmoothing });
    const sums = this.totals.add(loss.mul(rows), countCorrect(logits, labels));
    return { updates: new Map([...optimizer.minimize(loss), ...statistics, ...sums]) };
  }

  /** Number of samples in step number `step`. */
  rowsOf(step: number): number {
    const { full, rest, batch } = this.parts.layout;
    return step % stepsPerEpoch(this.parts.layout) < full ? batch : rest;
  }

  /** Compiles what the steps `from` to `to` − 1 need; makes room for it if it is large. */
  async prepare(from: number, to: number): Promise<void> {
    // only the last of the steps may not be full
    const needed = new Set([this.rowsOf(from), this.rowsOf(to - 1)]);
    this.release((rows) => !needed.has(rows));
    for (const rows of needed) {
      if (!this.#steps.has(rows)) this.#steps.set(rows, await this.#compile(rows));
    }
  }

  /** Frees compiled steps that take much memory: they are compiled anew when they are needed. */
  release(isFree: (rows: number) => boolean = () => true): void {
    for (const [rows, step] of this.#steps) {
      if (!isFree(rows) || temporaryBytes(step.plan) < this.parts.largeStep) continue;
      step[Symbol.dispose]();
      this.#steps.delete(rows);
    }
  }

  /** The plan of the compiled step that takes the most memory so far. */
  get plan(): Plan | undefined {
    return this.#plan;
  }

  /** Submits the steps `from` to `to` − 1, all in one epoch; `from` steps were done before. */
  run(from: number, to: number): void {
    for (let step = from; step < to; step++) {
      const compiled = this.#steps.get(this.rowsOf(step));
      if (!compiled) throw new Error(`Internal: step ${step} was not prepared`);
      compiled.run();
    }
  }

  /** Frees the compiled steps and the sums; parameters and optimizer live on. */
  [Symbol.dispose](): void {
    for (const step of this.#steps.values()) step[Symbol.dispose]();
    this.totals[Symbol.dispose]();
  }

  /** The samples of a step, what they should be taken for, and the label that counts as hit. */
  #batch(rows: number): MixedBatch {
    const { optimizer: { step }, data, order, layout, seed, augment, mixup } = this.parts;
    const first = step.mod(stepsPerEpoch(layout)).mul(layout.batch);
    const index = order.gather(first.add(arange(rows)));
    const labels = data.y.gather(index);
    const x = augment ? data.jittered(index, drawJitter(step, rows, seed)) : data.batch(index);
    return mixup ? mixup.mix({ x, labels }, step) : { x, target: labels, labels };
  }

  async #compile(rows: number): Promise<Compiled<never, never>> {
    const { passes, label } = this.parts;
    const options = { passes, label, ...(this.#backend && { backend: this.#backend }) };
    const step = await compile<never, never>({}, () => this.trace(rows), options);
    const largest = this.#plan ? temporaryBytes(this.#plan) : 0;
    if (temporaryBytes(step.plan) >= largest) this.#plan = step.plan;
    return step;
  }
}

import {
  arange,
  compile,
  type Compiled,
  type Tensor,
  type Traced,
  type Variable,
} from "../../autograd/mod.ts";
import { type Backend, type Pass, type Plan, temporaryBytes } from "../../graph/mod.ts";
import { countCorrect, crossEntropy, type Module } from "../../layers/mod.ts";
import type { Optimizer } from "../../optim/mod.ts";
import { drawJitter } from "../data/augment.ts";
import type { DeviceSplit } from "../data/device_data.ts";
import type { StepPlan } from "../../metrics/mod.ts";
import type { MixedBatch, Mixup } from "../data/mixup.ts";
import { Totals } from "./totals.ts";

/** How an epoch is cut into batches. */
export interface BatchLayout {
  /** Samples in a full batch. */
  readonly batch: number;
  /** Number of full batches. */
  readonly full: number;
  /** Samples in the last batch, 0 if all are full or it is dropped. */
  readonly rest: number;
}

/** Cuts `count` samples into batches. */
export function layoutOf(count: number, batch: number, dropLast: boolean): BatchLayout {
  const full = Math.floor(count / batch);
  return { batch, full, rest: dropLast ? 0 : count - full * batch };
}

/** Number of steps in an epoch. */
export function stepsPerEpoch({ full, rest }: BatchLayout): number {
  return full + (rest > 0 ? 1 : 0);
}

/** What a trainer works on. */
export interface TrainerParts {
  readonly model: Module;
  readonly optimizer: Optimizer;
  readonly data: DeviceSplit;
  /** i32: the samples in the order of the current epoch. */
  readonly order: Variable;
  readonly layout: BatchLayout;
  /** Run over the graph of a step: G-SGD. */
  readonly passes: readonly Pass[];
  /** What passes and schedules keep on the device besides. */
  readonly passState: ReadonlyMap<string, Variable>;
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
export class Trainer implements Disposable {
  readonly parts: TrainerParts;
  readonly totals: Totals = new Totals();
  readonly #backend: Backend | undefined;
  /** By number of samples. */
  readonly #steps = new Map<number, Compiled<never, never>>();
  #stepPlan: StepPlan | undefined;

  /** Nothing is compiled before it is needed; only then must there be a backend. */
  constructor(parts: TrainerParts, backend?: Backend) {
    this.parts = parts;
    this.#backend = backend;
  }

  /** Everything that a checkpoint must hold for an exact continuation, by name. */
  state(): ReadonlyMap<string, Variable> {
    const { model, optimizer, passState } = this.parts;
    const optimizerState = [...optimizer.state()].map(([name, variable]) =>
      [`optimizer.${name}`, variable] as const
    );
    return new Map<string, Variable>([
      ...model.state(),
      ...optimizerState,
      ["epoch.loss", this.totals.loss],
      ["epoch.correct", this.totals.correct],
      ...passState,
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

  /** What the largest step so far is made of. */
  get stepPlan(): StepPlan | undefined {
    return this.#stepPlan;
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
    const plan = stepPlanOf(step.plan);
    if (plan.temporaryBytes >= (this.#stepPlan?.temporaryBytes ?? 0)) this.#stepPlan = plan;
    return step;
  }
}

/** What a plan of a training step is made of. */
export function stepPlanOf(plan: Plan): StepPlan {
  const { dispatches, keptBytes } = plan;
  return {
    dispatches: dispatches.length,
    temporaryBytes: temporaryBytes(plan),
    ...(keptBytes !== undefined && { keptBytes }),
  };
}

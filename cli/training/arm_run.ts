import { fixedCounter, interpret } from "../../graph/mod.ts";
import { Tensor } from "../../autograd/mod.ts";
import type { Arm } from "./arms.ts";
import type { Progress, ResumePoint, WindowStart } from "../checkpoints/progress.ts";
import { type Snapshot, takeSnapshot } from "../checkpoints/tensor_files.ts";
import type { Job } from "./job.ts";
import { readCounts, takeRatios } from "./gsgd_counts.ts";
import type { Best, GsgdCounts, GsgdWindow } from "../../metrics/mod.ts";
import { shareState } from "../ranks/share_state.ts";
import { ArmLayers } from "./arm_layers.ts";
import { ArmScores } from "./arm_scores.ts";
import { nothingSelected, select, type Selection, type TotalValues } from "../../train/mod.ts";

/** The loss or a weight is infinite or NaN. */
export class NotFiniteError extends Error {
  override readonly name = "NotFiniteError";
  readonly run: ArmRun;

  constructor(run: ArmRun) {
    super(`the loss or a weight of ${run.arm.name} is not finite at step ${run.step}`);
    this.run = run;
  }
}

/** Means over some steps. */
interface Means {
  readonly loss: number;
  readonly accuracy: number;
}

/** Results of the steps since the last line of metrics. */
interface Window extends Means {
  /** Learning rate of the last step. */
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** Share of the time in sums over the ranks, if there are several. */
  readonly communicationShare?: number;
  /** Statistics of G-SGD's ratios, if they are recorded. */
  readonly gsgd?: GsgdWindow;
}

/** The training of one arm. */
export class ArmRun implements Disposable {
  readonly arm: Arm;
  /** Number of steps done. */
  step = 0;
  /** Training time, without evaluation and compilation. */
  seconds = 0;
  /** Sums since the start of the epoch. */
  sums: TotalValues = { loss: 0, correct: 0 };
  /** The last point with finite values. */
  lastGood: ResumePoint | undefined;
  /** The evaluations of its weights. */
  readonly scores: ArmScores;
  /** The measurements of its layers. */
  readonly layers: ArmLayers;
  /** The best validation so far. */
  selection: Selection<Best> = nothingSelected;
  readonly #job: Job;
  #windowStart: WindowStart = { step: 0, seconds: 0, loss: 0, correct: 0 };
  #bestValues: Snapshot | undefined;
  /** Seconds of the window since the start or resumption of the run: of sums over ranks, and in all. */
  #communication = { seconds: 0, of: 0 };

  /** An arm of a job, before its first step. */
  constructor(job: Job, arm: Arm) {
    this.#job = job;
    this.arm = arm;
    this.scores = new ArmScores(job, arm);
    this.layers = new ArmLayers(job, arm);
  }

  /** Call this before the first step of an epoch. */
  beginEpoch(): void {
    this.arm.runner.totals.reset();
    const { loss, correct } = this.#windowStart;
    const before = { loss: loss - this.sums.loss, correct: correct - this.sums.correct };
    this.#windowStart = { ...this.#windowStart, ...before };
    this.sums = { loss: 0, correct: 0 };
  }

  /** Whether training is finished. */
  get finished(): boolean {
    return this.step >= this.#job.steps || this.stoppedEarly;
  }

  /** Whether validations have not improved for `patience` epochs. */
  get stoppedEarly(): boolean {
    return this.selection.since >= (this.#job.config.patience ?? Infinity);
  }

  /** Training samples per second, over all steps so far. */
  get imagesPerSecond(): number {
    return this.#samples(this.step) / this.seconds;
  }

  /** Number of steps since the last line of metrics. */
  get windowSteps(): number {
    return this.step - this.#windowStart.step;
  }

  /**
   * Runs the steps up to number `to`, which must be in the current epoch.
   * @throws {NotFiniteError} if the loss is not finite
   */
  async advance(to: number): Promise<void> {
    const { runner } = this.arm;
    const { communicator } = this.#job.ranks;
    await runner.prepare(this.step, to);
    const before = communicator?.seconds ?? 0;
    const start = performance.now();
    await runner.run(this.step, to);
    this.sums = await runner.totals.read();
    const seconds = (performance.now() - start) / 1000;
    this.seconds += seconds;
    this.#communication.seconds += (communicator?.seconds ?? 0) - before;
    this.#communication.of += seconds;
    this.step = to;
    if (!Number.isFinite(this.sums.loss)) throw new NotFiniteError(this);
  }

  /** Means since the start of the epoch. */
  epochMeans(): Means {
    return this.#means({ step: this.#epochStart(), loss: 0, correct: 0 });
  }

  /** The results of the steps since the last call. */
  async takeWindow(): Promise<Window> {
    const { step, seconds } = this.#windowStart;
    const means = this.#means(this.#windowStart);
    const samples = this.#samples(this.step) - this.#samples(step);
    this.#windowStart = { step: this.step, seconds: this.seconds, ...this.sums };
    const communication = this.#communication;
    this.#communication = { seconds: 0, of: 0 };
    const telemetry = this.arm.pathSpace?.telemetry;
    const gsgd = telemetry && await takeRatios(telemetry);
    return {
      ...means,
      learningRate: this.#rateAt(this.step - 1),
      imagesPerSecond: samples / (this.seconds - seconds),
      ...(this.#job.ranks.size > 1 && {
        communicationShare: communication.seconds / communication.of,
      }),
      ...(gsgd && { gsgd }),
    };
  }

  /** The counters of G-SGD, if it is used. */
  async gsgdCounts(): Promise<GsgdCounts | undefined> {
    const telemetry = this.arm.pathSpace?.telemetry;
    return telemetry && await readCounts(telemetry);
  }

  /** Takes over the values of the first rank, on all ranks at once. */
  async synchronize(): Promise<void> {
    await shareState(this.#job.ranks, this.arm.runner.state());
  }

  /**
   * Keeps a copy of the current values as the last good ones.
   * @throws {NotFiniteError} if a weight is not finite; the copy before is kept
   */
  async remember(): Promise<void> {
    const { runner, model } = this.arm;
    const values = await takeSnapshot(runner.state());
    if (!isFinite([...model.state().keys()], values)) throw new NotFiniteError(this);
    const { step, seconds, selection } = this;
    const progress = { step, seconds, windowStart: this.#windowStart, selection };
    this.lastGood = { ...progress, values, bestValues: this.#bestValues };
  }

  /**
   * Like `remember`, and also keeps the weights as the best ones if this validation is the best.
   * @throws {NotFiniteError} as `remember` does
   */
  async judge(measured: Best): Promise<void> {
    this.selection = select(this.selection, measured);
    this.arm.plateau?.step(measured.validationError);
    await this.remember();
    if (this.selection.best !== measured) return;
    const { values } = this.lastGood!;
    this.#bestValues = new Map(
      [...this.arm.model.state().keys()].map((name) => [name, values.get(name)!] as const),
    );
    this.lastGood = { ...this.lastGood!, bestValues: this.#bestValues };
  }

  /** Resumes from a checkpoint whose values have been restored. */
  async resumeFrom(progress: Progress, bestValues?: Snapshot): Promise<void> {
    this.step = progress.step;
    this.seconds = progress.seconds;
    this.selection = progress.selection;
    this.#windowStart = progress.windowStart;
    this.#bestValues = bestValues;
    await this.arm.plateau?.reload();
    this.sums = await this.arm.runner.totals.read();
    await this.remember();
  }

  /** Frees device memory for another arm, if this one uses much. */
  release(): void {
    const { runner } = this.arm;
    runner.release();
    if (runner.isLarge) this[Symbol.dispose]();
  }

  /** Frees the device memory of the evaluations and measurements. */
  [Symbol.dispose](): void {
    this.scores[Symbol.dispose]();
    this.layers[Symbol.dispose]();
  }

  #epochStart(): number {
    const { stepsPerEpoch } = this.#job;
    return Math.floor(Math.max(0, this.step - 1) / stepsPerEpoch) * stepsPerEpoch;
  }

  #means(start: Omit<WindowStart, "seconds">): Means {
    const samples = this.#samples(this.step) - this.#samples(start.step);
    return {
      loss: (this.sums.loss - start.loss) / samples,
      accuracy: (this.sums.correct - start.correct) / samples,
    };
  }

  /** Number of samples in the first `steps` steps of the run. */
  #samples(steps: number): number {
    const { batches: { layout: { batch, full, rest } }, stepsPerEpoch } = this.#job;
    const perEpoch = full * batch + rest;
    const whole = Math.floor(steps / stepsPerEpoch);
    return whole * perEpoch + Math.min((steps - whole * stepsPerEpoch) * batch, perEpoch);
  }

  #rateAt(step: number): number {
    const { schedule, plateau } = this.arm;
    const rate = schedule(new Tensor(fixedCounter(step))).node;
    const known = plateau ? [[plateau.state.node, plateau.values] as const] : [];
    return interpret([rate], new Map(known)).get(rate)![0]!;
  }
}

function isFinite(names: readonly string[], values: Snapshot): boolean {
  return names.every((name) => values.get(name)!.every(Number.isFinite));
}

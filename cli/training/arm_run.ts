import { fixedCounter, interpret, temporaryBytes } from "../../graph/mod.ts";
import { Tensor } from "../../autograd/mod.ts";
import type { Arm } from "./arms.ts";
import type { Progress, ResumePoint, WindowStart } from "../checkpoints/progress.ts";
import { type Snapshot, takeSnapshot } from "../checkpoints/tensor_files.ts";
import type { Job } from "./job.ts";
import { readCounts, takeRatios } from "./gsgd_counts.ts";
import type { Best, GsgdCounts, GsgdWindow } from "../../metrics/mod.ts";
import { isConvolutional } from "../settings/model.ts";
import {
  Evaluation,
  nothingSelected,
  type Score,
  select,
  type Selection,
  type TotalValues,
} from "../../train/mod.ts";

/** The loss, or the sum of losses, or a weight is infinite or not a number. */
export class NotFiniteError extends Error {
  override readonly name = "NotFiniteError";
  readonly run: ArmRun;

  constructor(run: ArmRun) {
    super(`the loss or a weight of ${run.arm.name} is not finite at step ${run.step}`);
    this.run = run;
  }
}

/** Means over some steps. */
export interface Means {
  readonly loss: number;
  readonly accuracy: number;
}

/** The splits on which an arm is measured again and again. */
type MeasuredSplit = "validation" | "test";

/** How a split is measured, and what came out the last time. */
interface Measurement {
  readonly evaluation: Evaluation;
  readonly step: number;
  readonly score: Score;
}

/** What a line of metrics says of the steps since the one before. */
export interface Window extends Means {
  /** Rate of the last step. */
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** If G-SGD's ratios are counted. */
  readonly gsgd?: GsgdWindow;
}

/** One optimizer's way through the job. */
export class ArmRun implements Disposable {
  readonly arm: Arm;
  /** Number of steps done. */
  step = 0;
  /** Time that training took, evaluation and compilation not included. */
  seconds = 0;
  /** Sums since the epoch began. */
  sums: TotalValues = { loss: 0, correct: 0 };
  /** The last point with finite values. */
  lastGood: ResumePoint | undefined;
  /** What the validations have led to. */
  selection: Selection<Best> = nothingSelected;
  readonly #job: Job;
  #windowStart: WindowStart = { step: 0, seconds: 0, loss: 0, correct: 0 };
  #bestValues: Snapshot | undefined;
  readonly #measurements = new Map<MeasuredSplit, Measurement>();

  /** An arm of a job, before its first step. */
  constructor(job: Job, arm: Arm) {
    this.#job = job;
    this.arm = arm;
  }

  /** Must be called when the first step of an epoch is next. */
  beginEpoch(): void {
    this.arm.runner.totals.reset();
    const { loss, correct } = this.#windowStart;
    const before = { loss: loss - this.sums.loss, correct: correct - this.sums.correct };
    this.#windowStart = { ...this.#windowStart, ...before };
    this.sums = { loss: 0, correct: 0 };
  }

  /** Is there nothing left to do? */
  get finished(): boolean {
    return this.step >= this.#job.steps || this.stoppedEarly;
  }

  /** Have validations been without progress for as long as is allowed? */
  get stoppedEarly(): boolean {
    return this.selection.since >= (this.#job.config.patience ?? Infinity);
  }

  /** Over all steps so far; samples that no step looks at do not count. */
  get imagesPerSecond(): number {
    return this.#samples(this.step) / this.seconds;
  }

  /** Number of steps since the last line of metrics. */
  get windowSteps(): number {
    return this.step - this.#windowStart.step;
  }

  /**
   * Does the steps up to number `to`, all in one epoch.
   * @throws {NotFiniteError}
   */
  async advance(to: number): Promise<void> {
    const { runner } = this.arm;
    await runner.prepare(this.step, to);
    const start = performance.now();
    runner.run(this.step, to);
    this.sums = await runner.totals.read();
    this.seconds += (performance.now() - start) / 1000;
    this.step = to;
    if (!Number.isFinite(this.sums.loss)) throw new NotFiniteError(this);
  }

  /** Means since the epoch began. */
  epochMeans(): Means {
    return this.#means({ step: this.#epochStart(), loss: 0, correct: 0 });
  }

  /** What there is to say of the steps since the last call. */
  async takeWindow(): Promise<Window> {
    const { step, seconds } = this.#windowStart;
    const means = this.#means(this.#windowStart);
    const samples = this.#samples(this.step) - this.#samples(step);
    this.#windowStart = { step: this.step, seconds: this.seconds, ...this.sums };
    const telemetry = this.arm.pathSpace?.telemetry;
    const gsgd = telemetry && await takeRatios(telemetry);
    return {
      ...means,
      learningRate: this.#rateAt(this.step - 1),
      imagesPerSecond: samples / (this.seconds - seconds),
      ...(gsgd && { gsgd }),
    };
  }

  /** How well the arm does on the test split, if there is one. */
  test(): Promise<Score | null> {
    return this.#measure("test");
  }

  /** How well the arm does on the validation split, if there is one. */
  validate(): Promise<Score | null> {
    return this.#measure("validation");
  }

  async #measure(name: MeasuredSplit): Promise<Score | null> {
    const split = this.#job[name];
    if (!split) return null;
    const before = this.#measurements.get(name);
    if (before?.step === this.step) return before.score;
    const { backend } = this.#job;
    const label = `${this.arm.name} ${name}`;
    const evaluation = before?.evaluation ??
      await Evaluation.create(this.arm.model, split, { backend, label });
    const score = await evaluation.run();
    this.#measurements.set(name, { evaluation, step: this.step, score });
    return score;
  }

  /**
   * How well the arm does on the training split, as it is now. Of a convolutional network,
   * for which that takes long, as many samples are looked at as there are in the test split.
   */
  async scoreTraining(): Promise<Score> {
    const { train, test, backend, model } = this.#job;
    const label = `${this.arm.name} training data`;
    const few = isConvolutional(model) && test ? test.count : Infinity;
    const count = Math.min(train.count, few);
    using evaluation = await Evaluation.create(this.arm.model, train, { backend, label, count });
    return await evaluation.run();
  }

  /** What G-SGD has counted so far, if it is used. */
  async gsgdCounts(): Promise<GsgdCounts | undefined> {
    const telemetry = this.arm.pathSpace?.telemetry;
    return telemetry && await readCounts(telemetry);
  }

  /**
   * Keeps the current values as the last good ones.
   * @throws {NotFiniteError} if they are not good; those before are kept
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
   * Remembers the current values, also as the best ones if no validation before went better.
   * @throws {NotFiniteError} as `remember` does
   */
  async judge(measured: Best): Promise<void> {
    this.selection = select(this.selection, measured);
    this.arm.plateau?.validated(this.selection.since);
    await this.remember();
    if (this.selection.best !== measured) return;
    const { values } = this.lastGood!;
    this.#bestValues = new Map(
      [...this.arm.model.state().keys()].map((name) => [name, values.get(name)!] as const),
    );
    this.lastGood = { ...this.lastGood!, bestValues: this.#bestValues };
  }

  /** Continues from a point whose values the variables have already. */
  async goOnFrom(progress: Progress, bestValues: Snapshot | undefined): Promise<void> {
    this.step = progress.step;
    this.seconds = progress.seconds;
    this.selection = progress.selection;
    this.#windowStart = progress.windowStart;
    this.#bestValues = bestValues;
    await this.arm.plateau?.reload();
    this.sums = await this.arm.runner.totals.read();
    await this.remember();
  }

  /** Makes room on the device for another arm, if this one takes much of it. */
  release(): void {
    const { runner } = this.arm;
    runner.release();
    if (!runner.plan || temporaryBytes(runner.plan) < runner.parts.largeStep) return;
    this[Symbol.dispose]();
  }

  /** Frees what measuring the arm needs. */
  [Symbol.dispose](): void {
    for (const { evaluation } of this.#measurements.values()) evaluation[Symbol.dispose]();
    this.#measurements.clear();
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

  /** Number of samples in the first steps of the run. */
  #samples(steps: number): number {
    const { layout: { batch, full, rest }, stepsPerEpoch } = this.#job;
    const perEpoch = full * batch + rest;
    const whole = Math.floor(steps / stepsPerEpoch);
    return whole * perEpoch + Math.min((steps - whole * stepsPerEpoch) * batch, perEpoch);
  }

  #rateAt(step: number): number {
    const { schedule, plateau } = this.arm;
    const rate = schedule(new Tensor(fixedCounter(step))).node;
    const factor = plateau ? [[plateau.factor.node, Float32Array.of(plateau.value)] as const] : [];
    return interpret([rate], new Map(factor)).get(rate)![0]!;
  }
}

function isFinite(names: readonly string[], values: Snapshot): boolean {
  return names.every((name) => values.get(name)!.every(Number.isFinite));
}

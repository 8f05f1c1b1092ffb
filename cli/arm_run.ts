import { fixedCounter, interpret } from "../graph/mod.ts";
import { readVariables, Tensor } from "../autograd/mod.ts";
import type { Arm } from "./arms.ts";
import {
  assignTensors,
  readTensors,
  type Snapshot,
  takeSnapshot,
  writeTensors,
} from "./checkpoint_files.ts";
import { CommandError } from "./errors.ts";
import { Evaluation, type Score } from "./evaluation.ts";
import type { Job } from "./job.ts";
import type { GsgdCounts } from "./metrics.ts";
import { isConvolutional } from "./model.ts";
import type { RunFolder } from "./run_folder.ts";
import type { TotalValues } from "./totals.ts";

/** The loss, or the sum of losses, is infinite or not a number. */
export class NotFiniteError extends Error {
  override readonly name = "NotFiniteError";
  readonly run: ArmRun;

  constructor(run: ArmRun) {
    super(`the loss of ${run.arm.name} is not finite at step ${run.step}`);
    this.run = run;
  }
}

/** Means over some steps. */
export interface Means {
  readonly loss: number;
  readonly accuracy: number;
}

/** A point from which an arm can go on exactly. */
export interface ResumePoint {
  readonly step: number;
  readonly seconds: number;
  readonly windowStart: WindowStart;
  readonly values: Snapshot;
}

/**
 * Where the steps begin that the next line of metrics is about. The sums are what to take
 * from those since the epoch began: less than 0 if the window began in an earlier epoch.
 */
interface WindowStart extends TotalValues {
  readonly step: number;
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
  readonly #job: Job;
  #windowStart: WindowStart = { step: 0, loss: 0, correct: 0 };
  #testing: Evaluation | undefined;
  #tested: { readonly step: number; readonly score: Score } | undefined;
  #writtenStep = -1;

  /** An arm of a job, before its first step. */
  constructor(job: Job, arm: Arm) {
    this.#job = job;
    this.arm = arm;
  }

  /** Must be called when the first step of an epoch is next. */
  beginEpoch(): void {
    this.arm.trainer.totals.reset();
    const { step, loss, correct } = this.#windowStart;
    const [lossSoFar, correctSoFar] = [loss - this.sums.loss, correct - this.sums.correct];
    this.#windowStart = { step, loss: lossSoFar, correct: correctSoFar };
    this.sums = { loss: 0, correct: 0 };
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
    const { trainer } = this.arm;
    await trainer.prepare(this.step, to);
    const start = performance.now();
    trainer.run(this.step, to);
    this.sums = await trainer.totals.read();
    this.seconds += (performance.now() - start) / 1000;
    this.step = to;
    if (!Number.isFinite(this.sums.loss)) throw new NotFiniteError(this);
  }

  /** Means since the epoch began. */
  epochMeans(): Means {
    return this.#means({ step: this.#epochStart(), loss: 0, correct: 0 });
  }

  /** Means since the last call, and the rate of the last step. */
  takeWindow(): Means & { readonly learningRate: number } {
    const means = this.#means(this.#windowStart);
    this.#windowStart = { step: this.step, ...this.sums };
    return { ...means, learningRate: this.#rateAt(this.step - 1) };
  }

  /** How well the arm does on the test split, if there is one. */
  async test(): Promise<Score | null> {
    const { test, backend } = this.#job;
    if (!test) return null;
    if (this.#tested?.step === this.step) return this.#tested.score;
    const label = `${this.arm.name} test`;
    this.#testing ??= await Evaluation.create(this.arm.model, test, { backend, label });
    const score = await this.#testing.run();
    this.#tested = { step: this.step, score };
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
    if (!telemetry) return undefined;
    const counters = [telemetry.smallestPathValue, telemetry.signChanges];
    const [smallest, changes] = await readVariables(counters);
    return { smallestPathValue: smallest![0]!, signChanges: changes![0]! };
  }

  /** Keeps the current values as the last good ones. */
  async remember(): Promise<ResumePoint> {
    const values = await takeSnapshot(this.arm.trainer.state());
    const { step, seconds } = this;
    return this.lastGood = { step, seconds, windowStart: this.#windowStart, values };
  }

  /** Writes the last good point to the folder, unless it is there already. */
  async save(folder: RunFolder): Promise<void> {
    const point = this.lastGood ?? await this.remember();
    if (point.step === this.#writtenStep) return;
    const { name, trainer, model } = this.arm;
    const { step, seconds, windowStart, values } = point;
    const progress = JSON.stringify({ step, seconds, windowStart });
    const metadata = { format: "gspace checkpoint 1", optimizer: name, progress };
    await writeTensors(folder.armFile(name, CHECKPOINT), trainer.state(), values, metadata);
    const about = { format: "gspace model 1", model: this.#job.model.name, step: `${step}` };
    await writeTensors(folder.armFile(name, MODEL), model.state(), values, about);
    this.#writtenStep = step;
  }

  /** Continues from the folder's checkpoint. */
  async load(folder: RunFolder): Promise<void> {
    const path = folder.armFile(this.arm.name, CHECKPOINT);
    const { tensors, metadata } = await readTensors(path);
    const progress = parseProgress(metadata.get("progress"));
    if (!progress || metadata.get("optimizer") !== this.arm.name) {
      throw new CommandError(
        `Cannot resume from ${path}: it is not a checkpoint of ${this.arm.name}`,
      );
    }
    assignTensors(path, tensors, this.arm.trainer.state());
    this.step = progress.step;
    this.seconds = progress.seconds;
    this.#windowStart = progress.windowStart;
    this.sums = await this.arm.trainer.totals.read();
    this.#writtenStep = this.step;
    await this.remember();
  }

  /** Makes room on the device for another arm, if this one takes much of it. */
  release(): void {
    const { trainer } = this.arm;
    trainer.release();
    if ((trainer.stepPlan?.temporaryBytes ?? 0) < trainer.parts.largeStep) return;
    this.#testing?.[Symbol.dispose]();
    this.#testing = undefined;
  }

  /** Frees what the tests of the arm need. */
  [Symbol.dispose](): void {
    this.#testing?.[Symbol.dispose]();
  }

  #epochStart(): number {
    const { stepsPerEpoch } = this.#job;
    return Math.floor(Math.max(0, this.step - 1) / stepsPerEpoch) * stepsPerEpoch;
  }

  #means(start: WindowStart): Means {
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
    const rate = this.arm.schedule(new Tensor(fixedCounter(step))).node;
    return interpret([rate]).get(rate)![0]!;
  }
}

const CHECKPOINT = "checkpoint.safetensors";
const MODEL = "model.safetensors";

function parseProgress(text: string | undefined): Omit<ResumePoint, "values"> | undefined {
  try {
    const data: Omit<ResumePoint, "values"> = JSON.parse(text ?? "");
    const { step, seconds, windowStart } = data;
    const numbers = [step, seconds, windowStart.step, windowStart.loss, windowStart.correct];
    return numbers.every(Number.isFinite) && Number.isInteger(step) ? data : undefined;
  } catch {
    return undefined;
  }
}

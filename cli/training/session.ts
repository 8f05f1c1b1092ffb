import { escapeName } from "../../checkpoint/mod.ts";
import { ArmRun, type NotFiniteError } from "./arm_run.ts";
import { type Display, listed } from "../display.ts";
import { describeEpoch, measureEnd, measureEpoch } from "./epoch_metric.ts";
import { CommandError, DivergedError, Interrupted } from "../errors.ts";
import { findBadTensor } from "./find_bad_tensor.ts";
import { fixedSettings } from "../checkpoints/fixed_settings.ts";
import { ArmFiles } from "../checkpoints/arm_files.ts";
import { resumeArms } from "../checkpoints/resume.ts";
import type { Job } from "./job.ts";
import { objectiveNote } from "./objective.ts";
import { openCopies } from "../logs/open_copies.ts";
import type { EndMetric } from "../../metrics/mod.ts";
import { MetricsLog } from "../results/metrics.ts";
import { Failures } from "../results/failures.ts";
import {
  confusionsIn,
  printResults,
  writeConfusions,
  writePathSpace,
  writeReport,
  writeResults,
  writeRunFacts,
} from "../results/outcome.ts";
import type { RunFolder } from "../results/run_folder.ts";
import type { StopSignal } from "./stop_signal.ts";

/** Target time of a group of steps, after which the display is updated. */
const TARGET_MS = 150;

/** Output options of a session. */
export interface SessionOptions {
  readonly display: Display;
  /** Whether to draw the report at the end. */
  readonly draw: boolean;
}

/** One run of the command: it trains all arms and writes their results. */
export class Session implements Disposable {
  readonly #job: Job;
  readonly #folder: RunFolder;
  readonly #display: Display;
  readonly #draw: boolean;
  readonly #runs: readonly ArmRun[];
  /** The files of each run, in the same order. */
  readonly #files: readonly ArmFiles[];
  readonly #logEvery: number;
  #log: MetricsLog | undefined;
  #claim: Disposable | undefined;
  #groupSize = 1;
  /** Steps and seconds of this session, to estimate the remaining time. */
  #done = { steps: 0, seconds: 0 };

  constructor(job: Job, folder: RunFolder, { display, draw }: SessionOptions) {
    this.#job = job;
    this.#folder = folder;
    this.#display = display;
    this.#draw = draw;
    const { logEvery, checkpointEvery: every, keepCheckpoints: keep } = job.config;
    this.#runs = job.arms.map((arm) => new ArmRun(job, arm));
    const { normalization } = job.dataset;
    const settings = { ...fixedSettings(job.config), data: job.contents };
    const options = { model: job.model.name, normalization, keep, every, settings };
    this.#files = this.#runs.map((run) => new ArmFiles(run, folder, options));
    this.#logEvery = logEvery;
  }

  /**
   * Creates the folder, or resumes the run in it: from the checkpoint after `from` steps if that is
   * given, else from the newest one.
   * @throws {UsageError} if the run has done more steps than it should have
   */
  async begin(resumed: boolean, from?: number): Promise<void> {
    const { config, model, backend, choice, dataset } = this.#job;
    const folder = this.#folder;
    await folder.create(config);
    this.#claim = await folder.claim(config);
    if (resumed) {
      this.#log = await resumeArms(this.#job, folder, { arms: this.#files, from });
    } else {
      this.#log = await MetricsLog.create(folder.file("metrics.jsonl"));
      for (const run of this.#runs) await run.remember();
    }
    this.#log.copyTo(
      await openCopies(
        config,
        folder,
        this.#log.lines,
        (message) => this.#display.warn(message),
      ),
    );
    const resolved = { ...config, out: folder.path };
    await folder.writeText(folder.file("config.json"), `${JSON.stringify(resolved, null, 2)}\n`);
    await writeRunFacts(this.#job, folder);
    await writePathSpace(this.#job, folder);
    await this.#display.line(
      `${model.name} on ${
        escapeName(dataset.name)
      }, batches of ${config.batch}, ${this.#job.steps} steps each`,
    );
    const note = objectiveNote(config);
    if (note !== undefined) await this.#display.line(note);
    await this.#display.line(`device: ${backend.description} (${choice})`);
    await this.#display.line(`folder: ${escapeName(folder.path)}`);
    for (const { uncheckedPath } of this.#files) {
      if (uncheckedPath === undefined) continue;
      this.#display.warn(
        `${uncheckedPath} has no checksum, because an earlier version wrote it: damage to it would ` +
          "not be noticed",
      );
    }
    for (const { arm } of this.#runs) {
      for (const { segment, imbalance } of arm.failed) {
        this.#display.warn(
          `${arm.name} leaves segment ${segment} out, whose weights keep their plain updates: the ` +
            `conservation law does not hold in it on the first batch (imbalance ${
              imbalance.toExponential(1)
            })`,
        );
      }
    }
  }

  /**
   * Trains all arms side by side, one epoch at a time.
   * @throws {Interrupted} after a signal, when everything has been saved
   */
  async train(stop: StopSignal): Promise<void> {
    const { stepsPerEpoch, steps } = this.#job;
    const first = Math.min(...this.#runs.map(({ step }) => step));
    for (let epoch = Math.floor(first / stepsPerEpoch); epoch * stepsPerEpoch < steps; epoch++) {
      if (this.finished) return;
      this.#job.setOrder(epoch);
      for (const files of this.#files) {
        await this.#trainEpoch(files, epoch, stop);
        if (stop.exitCode !== undefined) throw await this.#interrupted(stop.exitCode);
        if (this.#runs.length > 1) files.run.release();
      }
    }
  }

  /**
   * Saves, evaluates the final weights, and prints the results, even if some cannot be written.
   * @throws {CommandError} at the end, naming the files that could not be written
   */
  async finish(): Promise<void> {
    const failures = new Failures();
    await failures.attempt(() => this.#saveAll());
    const ends = [];
    for (const run of this.#runs) ends.push(await this.#end(run, failures));
    const confusions = await confusionsIn(this.#runs, this.#job);
    await failures.attempt(() => writeConfusions(confusions, this.#folder));
    const report = await failures.attempt(() => this.#writeReport()) ?? null;
    const results = { ends, confusions, report };
    printResults(this.#job, this.#folder, results);
    await failures.attempt(() => writeResults(this.#job, this.#folder, results));
    failures.report();
  }

  /** Saves as much as possible after an error during training. */
  async rescue(error: Error): Promise<CommandError> {
    const failures = new Failures();
    // if one arm cannot be saved, the others still are
    for (const files of this.#files) await failures.attempt(() => files.save());
    const steps = this.#runs.map(({ arm, lastGood }) => `${arm.name} ${lastGood?.step ?? 0}`);
    const { path } = this.#folder;
    const state = failures.isEmpty
      ? `saved: ${listed(steps)} steps: continue with --resume ${path}`
      : `not all could be saved: --resume ${path} continues from what is there`;
    return new CommandError(`${error.message}: ${state}`, { cause: error });
  }

  /** Names the first bad tensor, and saves the last good weights. */
  async explainFailure(error: NotFiniteError): Promise<DivergedError> {
    const failedStep = error.run.step;
    const failures = new Failures();
    await failures.attempt(() => this.#saveAll());
    await this.#tryReport();
    const name = error.run.arm.name;
    const saved = this.#files.find(({ run }) => run === error.run)?.modelPath;
    const good = error.run.lastGood?.step ?? 0;
    const bad = await findBadTensor(this.#job, error.run);
    const what = bad
      ? `the first bad tensor is ${bad.what}, in step ${bad.step}`
      : `no single value was found to be at fault before step ${failedStep}`;
    return new DivergedError(
      `Cannot go on training ${name}: the loss is not finite: ${what}; ` +
        (failures.isEmpty
          ? `the weights after step ${good} are kept in ${saved}`
          : `the weights after step ${good} could not be saved: ${failures.text}`),
    );
  }

  /** Whether all arms have finished. */
  get finished(): boolean {
    return this.#runs.every((run) => run.finished);
  }

  /** Explains why the run is finished, and how to continue it. */
  get howFinished(): string {
    const early = this.#runs.filter((run) => run.stoppedEarly).map(({ arm }) => arm.name);
    const done = early.length > 0
      ? `${early.join(", ")} stopped early: more --patience continues it`
      : `all ${this.#job.steps} steps are done: more --epochs or --steps continue it`;
    return `The run is finished, ${done}`;
  }

  /** Frees the device memory of the evaluations, and the folder. */
  [Symbol.dispose](): void {
    for (const run of this.#runs) run[Symbol.dispose]();
    this.#claim?.[Symbol.dispose]();
  }

  async #trainEpoch(files: ArmFiles, epoch: number, stop: StopSignal): Promise<void> {
    const { run, clock } = files;
    const { stepsPerEpoch, steps } = this.#job;
    const first = epoch * stepsPerEpoch;
    const end = Math.min(first + stepsPerEpoch, steps);
    if (run.step >= end || run.finished) return;
    if (run.step === first) run.beginEpoch();
    while (run.step < end && stop.exitCode === undefined) {
      const nextLog = (Math.floor(run.step / this.#logEvery) + 1) * this.#logEvery;
      await this.#advance(run, Math.min(nextLog, clock.nextStep(run.step), end));
      if (this.#isLogDue(run)) await this.#logSteps(run);
      if (run.step < end && clock.isDue(run.step, false)) {
        await run.remember();
        await files.save();
      }
      this.#show(run, epoch, end - first);
      // lets signals and the display run
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    if (run.step < end) return;
    await this.#endEpoch(run);
    const isBest = run.selection.best?.step === run.step;
    if (isBest || clock.isDue(run.step, true)) await files.save();
  }

  /**
   * Each line covers the same number of steps, across epochs, so that all means are equally exact.
   * The remaining steps at the end get a line if they are many, or if there is no other line.
   */
  #isLogDue({ step, windowSteps }: ArmRun): boolean {
    if (step % this.#logEvery === 0) return true;
    const { steps } = this.#job;
    return step === steps && (windowSteps >= this.#logEvery / 2 || steps < this.#logEvery);
  }

  /** Runs a short group of steps, at most up to number `end`. */
  async #advance(run: ArmRun, end: number): Promise<void> {
    const from = run.step;
    const before = run.seconds;
    await run.advance(Math.min(end, from + this.#groupSize));
    const elapsedMs = (run.seconds - before) * 1000;
    const size = Math.round((run.step - from) * TARGET_MS / Math.max(elapsedMs, 0.1));
    this.#groupSize = Math.max(1, Math.min(size, 4 * this.#groupSize));
    this.#done.steps += run.step - from;
    this.#done.seconds += run.seconds - before;
  }

  async #logSteps(run: ArmRun): Promise<void> {
    const { loss, accuracy, ...window } = await run.takeWindow();
    await this.#log?.add({
      kind: "step",
      arm: run.arm.name,
      epoch: run.step / this.#job.stepsPerEpoch,
      step: run.step,
      loss,
      accuracy,
      seconds: run.seconds,
      ...window,
    });
  }

  async #endEpoch(run: ArmRun): Promise<void> {
    const metric = await measureEpoch(run, this.#job);
    await this.#log?.add(metric);
    const { steps, stepsPerEpoch } = this.#job;
    await this.#display.line(describeEpoch(metric, {
      epochs: Math.ceil(steps / stepsPerEpoch),
      width: Math.max(...this.#runs.map(({ arm }) => arm.name.length)),
      imagesPerSecond: run.imagesPerSecond,
    }));
    const { epoch, step, validationError, testError } = metric;
    if (validationError === undefined) return await run.remember();
    await run.judge({ epoch, step, validationError, testError });
    if (!run.stoppedEarly) return;
    await this.#display.line(
      `${run.arm.name} stops: no lower validation error for ${run.selection.since} epochs`,
    );
  }

  #show(run: ArmRun, epoch: number, epochSteps: number): void {
    const { steps, stepsPerEpoch } = this.#job;
    const remaining = this.#runs.filter(({ finished }) => !finished)
      .reduce((sum, { step }) => sum + steps - step, 0);
    this.#display.update({
      arm: run.arm.name,
      epoch: epoch + 1,
      epochs: Math.ceil(steps / stepsPerEpoch),
      step: run.step - epoch * stepsPerEpoch,
      steps: epochSteps,
      ...run.epochMeans(),
      imagesPerSecond: run.imagesPerSecond,
      remainingSeconds: remaining * this.#done.seconds / this.#done.steps,
    });
  }

  async #end(run: ArmRun, failures: Failures): Promise<EndMetric> {
    const known = this.#log?.lines.find((line): line is EndMetric =>
      line.kind === "end" && line.arm === run.arm.name
    );
    if (known) return known;
    const end = await measureEnd(run, this.#job);
    await failures.attempt(async () => await this.#log?.add(end));
    return end;
  }

  async #interrupted(exitCode: number): Promise<Interrupted> {
    for (const run of this.#runs) await run.remember();
    await this.#saveAll();
    await this.#tryReport();
    await this.#display.stop();
    const { path } = this.#folder;
    return new Interrupted(`Stopped and saved: continue with --resume ${path}`, exitCode);
  }

  async #writeReport(): Promise<string | null> {
    return this.#draw ? await writeReport(this.#folder, this.#display) : null;
  }

  /** Writes the report of a run that ends early; a failure is only a warning. */
  async #tryReport(): Promise<void> {
    try {
      await this.#writeReport();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#display.warn(`the report could not be written: ${error.message}`);
    }
  }

  async #saveAll(): Promise<void> {
    for (const files of this.#files) await files.save();
  }
}

import { ArmRun, type NotFiniteError } from "./arm_run.ts";
import type { Display } from "../display.ts";
import { listed } from "../format.ts";
import { measureEnd } from "./epoch_metric.ts";
import { CommandError, DivergedError, Interrupted } from "../errors.ts";
import { findBadTensor } from "./find_bad_tensor.ts";
import { fixedSettings } from "../checkpoints/fixed_settings.ts";
import { ArmFiles } from "../checkpoints/arm_files.ts";
import { resumeArms } from "../checkpoints/resume.ts";
import { compareRanks } from "../ranks/compare_ranks.ts";
import { shareProgress } from "../ranks/share_progress.ts";
import type { Job } from "./job.ts";
import { writeJson } from "../files.ts";
import { openPage } from "../open_page.ts";
import { warn } from "../output.ts";
import { announce } from "./announce.ts";
import { EpochLoop } from "./epoch_loop.ts";
import { openCopies } from "../logs/open_copies.ts";
import type { EndMetric } from "../../metrics/mod.ts";
import { MetricsLog } from "../results/metrics.ts";
import { Failures } from "../results/failures.ts";
import {
  confusionsIn,
  printResults,
  type Results,
  writeConfusions,
  writePathSpace,
  writeReport,
  writeResults,
  writeRunSummary,
} from "../results/outcome.ts";
import { SamplesWriter } from "../results/samples.ts";
import type { RunFolder } from "../results/run_folder.ts";
import { servesLivePage } from "../settings/config.ts";
import type { StopSignal } from "./stop_signal.ts";

/** Output options of a session. */
interface SessionOptions {
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
  readonly #samples: SamplesWriter;
  #log: MetricsLog | undefined;
  #claim: Disposable | undefined;

  constructor(job: Job, folder: RunFolder, { display, draw }: SessionOptions) {
    this.#job = job;
    this.#folder = folder;
    this.#display = display;
    this.#draw = draw;
    const { checkpointEvery: every, keepCheckpoints: keep } = job.config;
    this.#samples = new SamplesWriter(job.dataset, folder);
    this.#runs = job.arms.map((arm) => new ArmRun(job, arm));
    const { normalization, classNames } = job.dataset;
    const settings = { ...fixedSettings(job.config), data: job.contents };
    const isReadOnly = !job.ranks.isFirst;
    const saved = { classNames, normalization, settings };
    const options = { model: job.model.name, keep, every, isReadOnly, ...saved };
    this.#files = this.#runs.map((run) => new ArmFiles(run, folder, options));
  }

  /**
   * Creates the folder, or resumes the run in it: from the checkpoint after `from` steps if that is
   * given, else from the newest one. Of several ranks, the first one does; the others take over
   * what it resumes from.
   * @throws {UsageError} if the run has done more steps than it should have
   * @throws {GraphError} if the ranks do not start alike
   */
  async begin(resumed: boolean, from?: number): Promise<void> {
    const { ranks } = this.#job;
    await compareRanks(this.#job);
    const log = await ranks.together(() =>
      ranks.isFirst ? this.#openFolder(resumed, from) : undefined
    );
    const ends = await ranks.onFirst(() => log!.lines.filter(({ kind }) => kind === "end"));
    this.#log = log ?? MetricsLog.inMemory(ends);
    for (const run of this.#runs) await shareProgress(ranks, run);
  }

  async #openFolder(resumed: boolean, from?: number): Promise<MetricsLog> {
    const { config } = this.#job;
    const folder = this.#folder;
    await folder.create(config);
    this.#claim = await folder.claim(config);
    const log = resumed
      ? await resumeArms(this.#job, folder, { arms: this.#files, from })
      : await this.#start();
    log.copyTo(await openCopies(config, folder, log.lines));
    // config.json is last: it makes the folder that of a run
    await writeRunSummary(this.#job, folder);
    await writeJson(folder.file("config.json"), { ...config, out: folder.path });
    await writePathSpace(this.#job, folder);
    await announce(this.#job, this.#files, { path: folder.path, display: this.#display });
    return log;
  }

  async #start(): Promise<MetricsLog> {
    const log = await MetricsLog.create(this.#folder.file("metrics.jsonl"));
    for (const run of this.#runs) await run.remember();
    return log;
  }

  /**
   * Trains all arms side by side, one epoch at a time.
   * @throws {Interrupted} after a signal, when everything has been saved
   */
  async train(stop: StopSignal): Promise<void> {
    const { stepsPerEpoch, steps, ranks } = this.#job;
    const first = Math.min(...this.#runs.map(({ step }) => step));
    const outputs = { log: this.#log, display: this.#display, samples: this.#samples };
    const loop = new EpochLoop(this.#job, this.#runs, outputs);
    for (let epoch = Math.floor(first / stepsPerEpoch); epoch * stepsPerEpoch < steps; epoch++) {
      if (this.finished) return;
      this.#job.batches.setEpoch(epoch);
      for (const files of this.#files) {
        await loop.train(files, epoch, stop);
        const { exitCode } = await ranks.max({ exitCode: stop.exitCode ?? 0 });
        if (exitCode > 0) throw await this.#interrupted(exitCode);
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
    const ends: EndMetric[] = [];
    for (const run of this.#runs) ends.push(await this.#end(run, failures));
    const confusions = await confusionsIn(this.#runs, this.#job);
    for (const run of this.#runs) await this.#samples.measure(run, this.#job);
    const { ranks } = this.#job;
    await ranks.together(async () => {
      if (!ranks.isFirst) return;
      await failures.attempt(() => this.#samples.write());
      await this.#publish({ ends, confusions }, failures);
    });
  }

  async #publish(
    { ends, confusions }: Omit<Results, "report">,
    failures: Failures,
  ): Promise<void> {
    await failures.attempt(() => writeConfusions(confusions, this.#folder));
    const report = await failures.attempt(() => this.#writeReport()) ?? null;
    const results = { ends, confusions, report };
    printResults(this.#job, this.#folder, results);
    await failures.attempt(() => writeResults(this.#job, this.#folder, results));
    const { config } = this.#job;
    // a live page is open already
    if (report !== null && config.open && !servesLivePage(config)) await openPage(report);
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
      : `not everything could be saved: --resume ${path} continues from what was saved`;
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
      : `no bad tensor was found before step ${failedStep}`;
    return new DivergedError(
      `Cannot continue training ${name}: the loss is not finite: ${what}; ` +
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
      ? `${early.join(", ")} stopped early: use more --patience to continue`
      : `all ${this.#job.steps} steps are done: use more --epochs or --steps to continue`;
    return `The run is finished, ${done}`;
  }

  /** Frees the device memory of the evaluations, and the folder. */
  [Symbol.dispose](): void {
    for (const run of this.#runs) run[Symbol.dispose]();
    this.#claim?.[Symbol.dispose]();
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
    for (const run of this.#runs) {
      await run.synchronize();
      await run.remember();
    }
    await this.#job.ranks.together(() => this.#saveAll());
    await this.#tryReport();
    await this.#display.stop();
    const { path } = this.#folder;
    return new Interrupted(`Stopped and saved: continue with --resume ${path}`, exitCode);
  }

  async #writeReport(): Promise<string | null> {
    return this.#draw && this.#job.ranks.isFirst ? await writeReport(this.#folder) : null;
  }

  /** Writes the report of a run that ends early; a failure is only a warning. */
  async #tryReport(): Promise<void> {
    try {
      await this.#writeReport();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      warn(`the report could not be written: ${error.message}`);
    }
  }

  async #saveAll(): Promise<void> {
    for (const files of this.#files) await files.save();
  }
}

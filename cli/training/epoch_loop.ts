import type { ArmFiles } from "../checkpoints/arm_files.ts";
import type { Display } from "../display.ts";
import { duration, percent, thousands } from "../format.ts";
import type { Metric } from "../../metrics/mod.ts";
import type { MetricsLog } from "../results/metrics.ts";
import type { SamplesWriter } from "../results/samples.ts";
import type { ArmRun } from "./arm_run.ts";
import { describeEpoch, measureEpoch } from "./epoch_metric.ts";
import { prose } from "../styled.ts";
import type { Job } from "./job.ts";
import type { StopSignal } from "./stop_signal.ts";

/** Target time of a group of steps, after which the display is updated. */
const TARGET_MS = 150;
/** Time between pauses in which signals are handled and the display is drawn. */
const PAUSE_EVERY_MS = 20;

/** Where the progress of training is shown and recorded. */
interface Outputs {
  readonly log: MetricsLog | undefined;
  readonly display: Display;
  readonly samples: SamplesWriter;
}

/** Trains arms by epochs: runs their steps, and logs, evaluates, saves, and shows them. */
export class EpochLoop {
  readonly #job: Job;
  readonly #runs: readonly ArmRun[];
  readonly #log: MetricsLog | undefined;
  readonly #display: Display;
  readonly #samples: SamplesWriter;
  readonly #logEvery: number;
  /** Infinity for never. */
  readonly #layersEvery: number;
  #groupSize = 1;
  #pausedAt = -Infinity;
  /** Steps and seconds so far, to estimate the remaining time. */
  #done = { steps: 0, seconds: 0 };

  /** `runs`: all arms of the job. */
  constructor(job: Job, runs: readonly ArmRun[], { log, display, samples }: Outputs) {
    this.#job = job;
    this.#runs = runs;
    this.#log = log;
    this.#display = display;
    this.#samples = samples;
    this.#logEvery = job.config.logEvery;
    this.#layersEvery = job.config.layersEvery || Infinity;
  }

  /** Trains an arm up to the end of an epoch, or until `stop`. */
  async train(files: ArmFiles, epoch: number, stop: StopSignal): Promise<void> {
    const { run, clock } = files;
    const { stepsPerEpoch, steps, ranks } = this.#job;
    const first = epoch * stepsPerEpoch;
    const end = Math.min(first + stepsPerEpoch, steps);
    if (run.step >= end || run.finished) return;
    if (run.step === first) run.beginEpoch();
    let isStopped = stop.exitCode !== undefined && ranks.size === 1;
    while (run.step < end && !isStopped) {
      const lines = [this.#logEvery, this.#layersEvery];
      const nextLines = lines.map((every) => nextMultiple(run.step, every));
      await this.#advance(run, Math.min(...nextLines, clock.nextStep(run.step), end));
      if (this.#isLogDue(run)) await this.#logSteps(run);
      if (run.step % this.#layersEvery === 0) await this.#logLayers(run);
      this.#show(run, epoch, end - first);
      await this.#letOthersRun();
      const agreed = await this.#agree(clock.isDue(run.step, false), stop);
      isStopped = agreed.isStopped;
      if (run.step < end && agreed.isDue) await this.#save(files);
    }
    if (run.step < end) return;
    await this.#endEpoch(run);
    const isBest = run.selection.best?.step === run.step;
    await ranks.together(() => isBest || clock.isDue(run.step, true) ? files.save() : undefined);
  }

  /** Lets signals and the display run. Not after each group: a timer takes a millisecond or more. */
  async #letOthersRun(): Promise<void> {
    if (performance.now() - this.#pausedAt < PAUSE_EVERY_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#pausedAt = performance.now();
  }

  /**
   * What all ranks do after a group of steps: the first one decides about checkpoints, the slowest
   * one about the size of the next group, and each can stop all.
   */
  async #agree(isDue: boolean, { exitCode = 0 }: StopSignal) {
    const { ranks } = this.#job;
    const agreed = await ranks.max({
      isDue: Number(isDue && ranks.isFirst),
      exitCode,
      fewerSteps: -this.#groupSize,
    });
    this.#groupSize = -agreed.fewerSteps;
    return { isDue: agreed.isDue > 0, isStopped: agreed.exitCode > 0 };
  }

  async #save(files: ArmFiles): Promise<void> {
    await files.run.synchronize();
    await files.run.remember();
    await this.#job.ranks.together(() => files.save());
  }

  /** Adds a line, or fails on all ranks. */
  async #record(metric: Metric): Promise<void> {
    await this.#job.ranks.together(() => this.#log?.add(metric));
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
    await this.#record({
      kind: "step",
      ...this.#placeOf(run),
      loss,
      accuracy,
      seconds: run.seconds,
      ...window,
    });
  }

  /** The first rank measures. */
  async #logLayers(run: ArmRun): Promise<void> {
    const { ranks } = this.#job;
    await ranks.together(async () => {
      if (!ranks.isFirst) return;
      const place = { ...this.#placeOf(run), seconds: run.seconds };
      await this.#log?.add({ kind: "layers", ...place, ...await run.layers.measure() });
    });
  }

  #placeOf({ arm, step }: ArmRun): Pick<Metric, "arm" | "epoch" | "step"> {
    return { arm: arm.name, epoch: step / this.#job.stepsPerEpoch, step };
  }

  async #endEpoch(run: ArmRun): Promise<void> {
    await run.synchronize();
    const metric = await measureEpoch(run, this.#job);
    await this.#record(metric);
    const { steps, stepsPerEpoch, ranks } = this.#job;
    await this.#samples.measure(run, this.#job);
    if (ranks.isFirst) await this.#samples.writeIfDue();
    const text = describeEpoch(metric, {
      epochs: Math.ceil(steps / stepsPerEpoch),
      width: Math.max(...this.#runs.map(({ arm }) => arm.name.length)),
      imagesPerSecond: run.imagesPerSecond,
    });
    await this.#display.line([{ text, style: "row" }]);
    const { epoch, step, validationError, testError } = metric;
    if (validationError === undefined) return await run.remember();
    await run.judge({ epoch, step, validationError, testError });
    if (!run.stoppedEarly) return;
    const { since } = run.selection;
    const reason = `no lower validation error for ${since} epochs`;
    await this.#display.line([prose(`${run.arm.name} stops: ${reason}`)]);
  }

  #show(run: ArmRun, epoch: number, epochSteps: number): void {
    const { steps, stepsPerEpoch } = this.#job;
    const step = run.step - epoch * stepsPerEpoch;
    const remaining = this.#runs.filter(({ finished }) => !finished)
      .reduce((sum, { step }) => sum + steps - step, 0);
    this.#display.show(() => {
      const { loss, accuracy } = run.epochMeans();
      const text = [
        `${run.arm.name} epoch ${epoch + 1}/${Math.ceil(steps / stepsPerEpoch)}`,
        `step ${step}/${epochSteps}`,
        `loss ${loss.toFixed(4)}`,
        `accuracy ${percent(accuracy)}`,
        `ETA ${duration(remaining * this.#done.seconds / this.#done.steps)}`,
        `${thousands(run.imagesPerSecond)} images/s`,
      ].join("  ");
      return { done: step, total: epochSteps, text };
    });
  }
}

/** The first multiple of `every` after a step. */
function nextMultiple(step: number, every: number): number {
  return (Math.floor(step / every) + 1) * every;
}

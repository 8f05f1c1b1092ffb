import { CommandError, UsageError } from "../errors.ts";
import type { Job } from "../training/job.ts";
import type { Metric } from "../../metrics/mod.ts";
import { MetricsLog } from "../results/metrics.ts";
import type { RunFolder } from "../results/run_folder.ts";
import type { ArmFiles } from "./arm_files.ts";
import type { KeptCheckpoint } from "./kept.ts";

/** What is resumed, and from where. */
export interface ResumeOptions {
  readonly arms: readonly ArmFiles[];
  /** Number of steps of the checkpoint to go on from; the newest of each arm if `undefined`. */
  readonly from: number | undefined;
}

/**
 * Brings all arms to a checkpoint, or to the beginning if there is none yet, and the folder to
 * what it was then. Nothing in it is changed before all that could be wrong was looked at.
 * @throws {UsageError} if more steps are done than the run shall have
 */
export async function resumeArms(
  { steps }: Job,
  folder: RunFolder,
  { arms, from }: ResumeOptions,
): Promise<MetricsLog> {
  for (const files of arms) {
    const kept = await files.checkpoints.choose(from);
    await (kept ? loadOrSuggest(files, kept) : files.run.remember());
    const { step: done, arm: { name } } = files.run;
    if (done <= steps) continue;
    throw new UsageError(
      `Cannot resume ${folder.path} for ${steps} steps: the run must not become shorter than it ` +
        `is: current number of steps done by ${name} is ${done}`,
    );
  }
  for (const { run, checkpoints } of arms) await checkpoints.removeAfter(run.step);
  const log = await MetricsLog.resume(folder.file("metrics.jsonl"), (metric) => {
    const files = arms.find(({ run }) => run.arm.name === metric.arm);
    return files !== undefined && covers(files, metric);
  });
  // the other files may be behind the checkpoint, or belong to one that is dropped
  for (const files of arms) if (files.run.step > 0) await files.save();
  return log;
}

/** Loads a checkpoint; if it is damaged, names the others that are kept. */
async function loadOrSuggest(files: ArmFiles, kept: KeptCheckpoint): Promise<void> {
  try {
    await files.load(kept);
  } catch (error) {
    const others = (await files.checkpoints.list()).filter(({ step }) => step !== kept.step);
    if (!(error instanceof CommandError) || others.length === 0) throw error;
    const steps = others.map(({ step }) => step).join(", ");
    throw new CommandError(`${error.message}: others are kept, use --from with one of ${steps}`, {
      cause: error,
    });
  }
}

/** Will a line stay as it is, whatever comes? */
function covers({ run }: ArmFiles, { kind, step }: Metric): boolean {
  return kind === "end" ? run.finished && step === run.step : step <= run.step;
}

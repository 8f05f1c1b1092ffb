import { CommandError, UsageError } from "../errors.ts";
import type { Job } from "../training/job.ts";
import type { Metric } from "../../metrics/mod.ts";
import { MetricsLog } from "../results/metrics.ts";
import type { RunFolder } from "../results/run_folder.ts";
import type { ArmFiles } from "./arm_files.ts";
import type { KeptCheckpoint } from "./kept.ts";

/** Options for resuming a run. */
interface ResumeOptions {
  readonly arms: readonly ArmFiles[];
  /** Step of the checkpoint to resume from. Default: the newest checkpoint of each arm. */
  readonly from: number | undefined;
}

/**
 * Restores all arms from a checkpoint, or resets them if there is none, and restores the folder to
 * the same point. Nothing is changed before all checks have passed.
 * @throws {UsageError} if more steps are done than the run should have
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
      `Cannot resume ${folder.path} for ${steps} steps: the run must not become shorter: current ` +
        `number of steps done by ${name} is ${done}`,
    );
  }
  for (const { run, checkpoints } of arms) await checkpoints.removeAfter(run.step);
  const log = await MetricsLog.resume(folder.file("metrics.jsonl"), (metric) => {
    const files = arms.find(({ run }) => run.arm.name === metric.arm);
    return files !== undefined && covers(files, metric);
  });
  // the other files may be older than the checkpoint, or belong to a removed one
  for (const files of arms) if (files.run.step > 0) await files.save();
  return log;
}

/** Loads a checkpoint. If it is damaged, the error names the other checkpoints. */
async function loadOrSuggest(files: ArmFiles, kept: KeptCheckpoint): Promise<void> {
  try {
    await files.load(kept);
  } catch (error) {
    const others = (await files.checkpoints.list()).filter(({ step }) => step !== kept.step);
    if (!(error instanceof CommandError) || others.length === 0) throw error;
    const steps = others.map(({ step }) => step).join(", ");
    throw new CommandError(`${error.message}: use --from with another checkpoint: ${steps}`, {
      cause: error,
    });
  }
}

/** Whether a line stays unchanged when the run resumes. */
function covers({ run }: ArmFiles, { kind, step }: Metric): boolean {
  return kind === "end" ? run.finished && step === run.step : step <= run.step;
}

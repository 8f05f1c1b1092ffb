import { Interrupted } from "./errors.ts";
import { NotFiniteError } from "./training/arm_run.ts";
import type { Config } from "./settings/config.ts";
import { openDisplay } from "./display.ts";
import { openJob } from "./training/job.ts";
import { liveFor } from "./live.ts";
import { chooseFolder, RunFolder } from "./results/run_folder.ts";
import { Session } from "./training/session.ts";
import { StopSignal } from "./training/stop_signal.ts";

/** What to train: a new run, or the continuation of the one in a folder. */
export interface TrainRequest {
  readonly config: Config;
  /** Folder of the run to continue. */
  readonly resume?: string;
  /** Number of steps of the checkpoint to continue from; the newest unless told. */
  readonly from?: number;
  /** Draw the report? `deno task report` can do it later. Yes unless told. */
  readonly draw?: boolean;
}

/** Trains, shows how it goes, and leaves the results in a folder. */
export async function train({ config, resume, from, draw = true }: TrainRequest): Promise<void> {
  const display = openDisplay(config);
  using job = await openJob(config, display);
  const path = resume ?? await chooseFolder(config, job.model.name, new Date());
  const folder = new RunFolder(path, config);
  await using _live = await liveFor(config, path, display);
  using session = new Session(job, folder, { display, draw });
  using stop = new StopSignal(() => {
    void display.line("Stopping after this step and saving; Ctrl-C again to leave at once …");
  });
  let begun = false;
  try {
    await session.begin(resume !== undefined, from);
    begun = true;
    if (session.finished) await display.line(session.howFinished);
    await session.train(stop);
  } catch (error) {
    if (error instanceof NotFiniteError) throw await session.explainFailure(error);
    if (!begun || !(error instanceof Error) || error instanceof Interrupted) throw error;
    throw await session.rescue(error);
  } finally {
    await display.stop();
  }
  await session.finish();
}

import { Interrupted } from "./errors.ts";
import { NotFiniteError } from "./training/arm_run.ts";
import type { Config } from "./settings/config.ts";
import { openDisplay } from "./display.ts";
import { openJob } from "./training/job.ts";
import { liveFor } from "./live.ts";
import { chooseFolder, RunFolder } from "./results/run_folder.ts";
import { Session } from "./training/session.ts";
import { StopSignal } from "./training/stop_signal.ts";

/** The run to start or resume. */
export interface TrainRequest {
  readonly config: Config;
  /** Folder of the run to resume. */
  readonly resume?: string;
  /** Step of the checkpoint to resume from. Default: the newest one. */
  readonly from?: number;
  /** Whether to draw the report; `deno task report` can draw it later. Default: true. */
  readonly draw?: boolean;
}

/** Trains, shows the progress, and writes the results to a folder. */
export async function train({ config, resume, from, draw = true }: TrainRequest): Promise<void> {
  const display = openDisplay(config);
  using job = await openJob(config, display);
  const path = resume ?? await chooseFolder(config, job.model.name, new Date());
  const folder = new RunFolder(path, config);
  await using _live = await liveFor(config, path, display);
  using session = new Session(job, folder, { display, draw });
  using stop = new StopSignal(() => {
    void display.line(
      "Stopping after this step and saving. Press Ctrl-C again to quit immediately.",
    );
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

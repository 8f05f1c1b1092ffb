import { Interrupted } from "./errors.ts";
import { NotFiniteError } from "./training/arm_run.ts";
import type { Config } from "./settings/config.ts";
import { openDisplay, silent } from "./display.ts";
import { openJob } from "./training/job.ts";
import { liveFor } from "./live.ts";
import { onRanks } from "./ranks/on_ranks.ts";
import { oneRank, type Ranks } from "./ranks/ranks.ts";
import { chooseFolder, RunFolder } from "./results/run_folder.ts";
import { Session } from "./training/session.ts";
import { StopSignal } from "./training/stop_signal.ts";
import { prose } from "./styled.ts";

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

/** Trains as one of the processes that a launcher of MPI started, if it did. */
export async function trainOnRanks(readRequest: () => Promise<TrainRequest>): Promise<void> {
  const { request, error } = await readRequest().then(
    (request) => ({ request, error: undefined }),
    (error) => ({ request: undefined, error }),
  );
  await onRanks(request?.config.distributed ?? "auto", async (ranks) => {
    const shared = await ranks.together(() => {
      if (request) return request;
      throw error;
    });
    await train(shared, ranks);
  });
}

/**
 * Trains, shows the progress, and writes the results to a folder. Of several ranks, the first one
 * shows and writes.
 */
export async function train(
  { config, resume, from, draw = true }: TrainRequest,
  ranks: Ranks = oneRank,
): Promise<void> {
  const display = ranks.isFirst ? openDisplay(config) : silent;
  using job = await openJob(config, { display, ranks });
  const path = resume ??
    await ranks.onFirst(() => chooseFolder(config, job.model.name, new Date()));
  const folder = new RunFolder(path, config);
  await using _live = await ranks.together(() =>
    ranks.isFirst ? liveFor(config, path, display) : undefined
  );
  using session = new Session(job, folder, { display, draw });
  using stop = new StopSignal(() => {
    const text = "Stopping after this step and saving. Press Ctrl-C again to quit immediately.";
    void display.line([prose(text)]);
  });
  let begun = false;
  try {
    await session.begin(resume !== undefined, from);
    begun = true;
    if (session.finished) await display.line([prose(session.howFinished)]);
    await session.train(stop);
  } catch (error) {
    if (error instanceof NotFiniteError) throw await session.explainFailure(error);
    const isFailure = error instanceof Error && !(error instanceof Interrupted);
    if (!begun || !isFailure || !ranks.isFirst) throw error;
    throw await session.rescue(error);
  } finally {
    await display.stop();
  }
  await session.finish();
}

import { notebookDisplay, type NotebookOutput } from "../../autograd/mod.ts";
import { readRun } from "../report/run_data.ts";
import { runPicture } from "../report/run_page.ts";
import { plain } from "../styled.ts";
import { resultTable } from "./results.ts";

/** A run read from its folder. A notebook shows it as curves. */
export interface Run {
  /** Model and dataset. */
  readonly title: string;
  /** The results of the finished optimizers, as a text table. */
  readonly results: string;
  /** In a notebook: training loss and test error as a picture, and the results as a table. */
  [notebookDisplay](): Promise<NotebookOutput>;
}

/**
 * Reads the folder of a run, finished or not.
 * @throws {CommandError} if the folder holds no run
 */
export async function openRun(folder: string): Promise<Run> {
  const data = await readRun(folder);
  const results = plain(resultTable(data.arms, data.ends));
  return {
    title: data.title,
    results,
    async [notebookDisplay]() {
      const picture = await runPicture(data);
      return {
        "text/plain": `${data.title}\n\n${results}`,
        ...(picture !== null && { "image/svg+xml": picture }),
      };
    },
  };
}

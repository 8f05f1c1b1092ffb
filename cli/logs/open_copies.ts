import type { Metric } from "../../metrics/mod.ts";
import type { RunFolder } from "../results/run_folder.ts";
import { openCsvLog } from "./csv_log.ts";
import { openEventLog } from "./event_log.ts";
import type { MetricsCopy } from "./metrics_copy.ts";

/** Options for `openCopies`. */
export interface CopyOptions {
  /** Formats. */
  readonly log: readonly ("csv" | "tensorboard")[];
  /** Names of the arms. */
  readonly optimizer: readonly string[];
}

/**
 * Creates the files, or writes them again from the lines of a resumed run, so that they always
 * agree with `metrics.jsonl`. A file that cannot be written later is dropped with a call of
 * `onFailure`.
 */
export async function openCopies(
  { log, optimizer }: CopyOptions,
  folder: RunFolder,
  lines: readonly Metric[],
  onFailure: (message: string) => void,
): Promise<readonly MetricsCopy[]> {
  const copies = await openAll({ log, optimizer }, folder, lines);
  return copies.map((copy) => expendable(copy, onFailure));
}

/** A copy that stops at its first error, while training continues. */
function expendable(copy: MetricsCopy, onFailure: (message: string) => void): MetricsCopy {
  let failed = false;
  return {
    async add(metric) {
      if (failed) return;
      try {
        await copy.add(metric);
      } catch (error) {
        failed = true;
        const message = error instanceof Error ? error.message : String(error);
        onFailure(`${message}; training continues without this log`);
      }
    },
  };
}

async function openAll(
  { log, optimizer }: CopyOptions,
  folder: RunFolder,
  lines: readonly Metric[],
): Promise<readonly MetricsCopy[]> {
  const copies: MetricsCopy[] = [];
  if (log.includes("csv")) copies.push(await openCsvLog(folder.file("metrics.csv"), lines));
  if (!log.includes("tensorboard")) return copies;
  for (const arm of optimizer) {
    const events = await openEventLog(folder.armFolder(arm), lines.filter((l) => l.arm === arm));
    copies.push({ add: async (metric) => void (metric.arm === arm && await events.add(metric)) });
  }
  return copies;
}

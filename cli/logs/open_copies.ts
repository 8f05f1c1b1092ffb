import type { Metric } from "../results/metrics.ts";
import type { RunFolder } from "../results/run_folder.ts";
import { openCsvLog } from "./csv_log.ts";
import { openEventLog } from "./event_log.ts";

/** A file that says in another format what `metrics.jsonl` says. */
export interface MetricsCopy {
  /** Adds a line. */
  add(metric: Metric): Promise<void>;
}

/** Which ones are wanted. */
export interface CopyOptions {
  /** Formats. */
  readonly log: readonly ("csv" | "tensorboard")[];
  /** Names of the arms. */
  readonly optimizer: readonly string[];
}

/**
 * Makes the files, or makes them anew out of the lines that a resumed run begins with: so they
 * never say anything that `metrics.jsonl` does not.
 */
export async function openCopies(
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

import type { Metric } from "../../metrics/mod.ts";
import { firstLine } from "../../graph/first_line.ts";
import { warn } from "../output.ts";
import type { MetricsCopy } from "../results/metrics.ts";
import type { RunFolder } from "../results/run_folder.ts";
import type { Config } from "../settings/config.ts";
import { openCsvLog } from "./csv_log.ts";
import { openEventLog } from "./event_log.ts";

/**
 * Creates the files that the setting `log` names, or writes them again from the lines of a resumed
 * run, so that they always agree with `metrics.jsonl`. A file that cannot be written later is
 * dropped with a warning.
 */
export async function openCopies(
  { log, optimizer }: Pick<Config, "log" | "optimizer">,
  folder: RunFolder,
  lines: readonly Metric[],
): Promise<readonly MetricsCopy[]> {
  const copies: MetricsCopy[] = [];
  if (log.includes("csv")) copies.push(await openCsvLog(folder.file("metrics.csv"), lines));
  for (const arm of log.includes("tensorboard") ? optimizer : []) {
    const events = await openEventLog(folder.armFolder(arm), lines.filter((l) => l.arm === arm));
    copies.push({ add: async (metric) => void (metric.arm === arm && await events.add(metric)) });
  }
  return copies.map(expendable);
}

/** A copy that stops at its first error, while training continues. */
function expendable(copy: MetricsCopy): MetricsCopy {
  let failed = false;
  return {
    async add(metric) {
      if (failed) return;
      try {
        await copy.add(metric);
      } catch (error) {
        failed = true;
        warn(`${firstLine(error)}; training continues without this log`);
      }
    },
  };
}

import { concatenated } from "../../checkpoint/bytes.ts";
import { appendFileChecked, readFileChecked, writeFileAtomic } from "../../checkpoint/mod.ts";
import type { Metric } from "../../metrics/mod.ts";
import { restartEvent, scalarEvent, versionEvent } from "./events.ts";
import type { MetricsCopy } from "../results/metrics.ts";
import { encodeRecord, recordEnds } from "./records.ts";
import { numbersOf } from "./values.ts";

/** Number of events in a file before the first scalars. */
const PREAMBLE = 2;

/**
 * Starts an event file in the folder of an arm, which TensorBoard shows as one run. Existing files
 * of a resumed arm are cut to the events of `lines`. They are not removed, because TensorBoard may
 * be reading them.
 */
export async function openEventLog(folder: string, lines: readonly Metric[]): Promise<MetricsCopy> {
  const before = await eventFilesIn(folder);
  let kept = 0;
  for (const { path } of before) kept += await keepFirst(path, lines.length - kept);
  const now = secondsNow();
  // names must sort in the order of the files, even if the clock was changed
  const start = Math.max(Math.floor(now), ...before.map(({ start }) => start + 1));
  const path = `${folder}/events.out.tfevents.${start}.gspace`;
  const events = [
    versionEvent(now),
    restartEvent(now, kept > 0 ? lines[kept - 1]!.step : -1),
    ...lines.slice(kept).map((line) => eventOf(line, now)),
  ];
  await writeFileAtomic(path, concatenated(events.map(encodeRecord)));
  return {
    add: (metric) => appendFileChecked(path, encodeRecord(eventOf(metric, secondsNow()))),
  };
}

/** Tags are the kind of line and the name in `metrics.jsonl`: `step/loss`, `epoch/testError`. */
function eventOf(metric: Metric, seconds: number): Uint8Array {
  const { kind, step } = metric;
  const scalars = [...numbersOf(metric)].filter(([name]) => name !== "step" && name !== "epoch");
  return scalarEvent(seconds, step, scalars.map(([name, value]) => [`${kind}/${name}`, value]));
}

function secondsNow(): number {
  return Date.now() / 1000;
}

interface EventFile {
  readonly path: string;
  /** The second in its name. */
  readonly start: number;
}

/** Lists the event files, oldest first. */
async function eventFilesIn(folder: string): Promise<EventFile[]> {
  const files: EventFile[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const start = /^events\.out\.tfevents\.(\d+)\.gspace$/.exec(name)?.[1];
    if (start !== undefined) files.push({ path: `${folder}/${name}`, start: Number(start) });
  }
  return files.toSorted((a, b) => a.start - b.start);
}

/** Truncates a file after `count` events with scalars. Resolves to the number that remains. */
async function keepFirst(path: string, count: number): Promise<number> {
  const ends = [0, ...recordEnds(await readFileChecked(path))];
  const last = Math.min(ends.length - 1, PREAMBLE + count);
  await Deno.truncate(path, ends[last]!);
  return Math.max(0, last - PREAMBLE);
}

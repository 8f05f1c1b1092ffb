import type { RunPoint } from "./expand.ts";
import { PointFolder } from "./point_folder.ts";
import type { PointResult } from "./point_result.ts";
import { WorkProcess } from "./work_process.ts";

/** A run of a sweep with its folder. */
export interface PlacedPoint {
  readonly point: RunPoint;
  /** Name of its folder. */
  readonly name: string;
  readonly folder: PointFolder;
}

/** Options for `sweep`. */
interface SweepOptions {
  /** Number of parallel runs. */
  readonly jobs: number;
  /** Builds the request for a run: its settings, and those of this machine. */
  readonly request: (point: RunPoint) => Readonly<Record<string, unknown>>;
  /** Aborted when the user stops the command. */
  readonly stop: AbortSignal;
  readonly onStart: (placed: PlacedPoint) => void;
  /** Called with the result of a run. `found`: the result existed before. */
  readonly onEnd: (placed: PlacedPoint, result: PointResult, found: boolean) => Promise<void>;
}

/** A run without a result, and the reason. */
export interface FailedPoint {
  readonly name: string;
  readonly message: string;
}

/** Maximum number of attempts for a run that is killed from outside. */
const MOST_ATTEMPTS = 3;
/** A sweep stops after this many failures without a success. */
const MOST_FAILURES = 3;

/** Assigns runs to subfolders of `folder`. Runs with the same name are merged. */
export function placePoints(
  points: readonly RunPoint[],
  folder: string,
  nameOf: (point: RunPoint) => string,
): readonly PlacedPoint[] {
  const placed = new Map<string, PlacedPoint>();
  for (const point of points) {
    const name = nameOf(point);
    if (!placed.has(name)) {
      placed.set(name, { point, name, folder: new PointFolder(`${folder}/${name}`) });
    }
  }
  return [...placed.values()];
}

/**
 * Runs all points that are not done, several at a time, each in its own process. Divergence is a
 * result. Other failures are returned after the remaining runs.
 */
export async function sweep(
  points: readonly PlacedPoint[],
  options: SweepOptions,
): Promise<readonly FailedPoint[]> {
  const failed: FailedPoint[] = [];
  const waiting: PlacedPoint[] = [];
  for (const placed of points) {
    const result = await placed.folder.result();
    if (result) await options.onEnd(placed, result, true);
    else waiting.push(placed);
  }
  let successes = 0;
  const isHopeless = () => successes === 0 && failed.length >= MOST_FAILURES;
  async function workThrough(): Promise<void> {
    while (!options.stop.aborted && !isHopeless()) {
      const placed = waiting.shift();
      if (!placed) return;
      const message = await doPoint(placed, options);
      if (message === undefined) successes++;
      else failed.push({ name: placed.name, message });
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, workThrough));
  return options.stop.aborted ? [] : failed;
}

/** Resolves to an error message if the run failed. */
async function doPoint(placed: PlacedPoint, options: SweepOptions): Promise<string | undefined> {
  const { folder, point } = placed;
  const { request, stop, onStart, onEnd } = options;
  await folder.ask(request(point));
  onStart(placed);
  for (let attempt = 1;; attempt++) {
    const end = await runOnce(folder, stop);
    const result = await folder.result();
    if (result) {
      await onEnd(placed, result, false);
      return undefined;
    }
    if (stop.aborted || end.kind === "interrupted") return "it was stopped";
    if (end.kind === "killed" && attempt < MOST_ATTEMPTS) continue;
    return end.kind === "killed" ? `it was killed ${attempt} times by ${end.signal}` : message(end);
  }
}

function message(end: Awaited<WorkProcess["ended"]>): string {
  return end.kind === "failed" ? end.message : "it left no result";
}

async function runOnce(
  folder: PointFolder,
  stop: AbortSignal,
): Promise<Awaited<WorkProcess["ended"]>> {
  if (stop.aborted) return { kind: "interrupted" };
  const process = await WorkProcess.start(folder);
  const ask = () => process.stop();
  stop.addEventListener("abort", ask);
  try {
    return await process.ended;
  } finally {
    stop.removeEventListener("abort", ask);
  }
}

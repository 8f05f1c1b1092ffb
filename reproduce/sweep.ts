import type { RunPoint } from "./expand.ts";
import { PointFolder } from "./point_folder.ts";
import type { PointResult } from "./point_result.ts";
import { WorkProcess } from "./work_process.ts";

/** A run of a sweep with its place. */
export interface PlacedPoint {
  readonly point: RunPoint;
  /** Name of its folder. */
  readonly name: string;
  readonly folder: PointFolder;
}

/** How a sweep is done. */
export interface SweepOptions {
  /** Runs at the same time. */
  readonly jobs: number;
  /** The request for a run: settings, and what is the same for all runs of this machine. */
  readonly request: (point: RunPoint) => Readonly<Record<string, unknown>>;
  /** Aborted when the user asks to stop. */
  readonly stop: AbortSignal;
  readonly onStart: (placed: PlacedPoint) => void;
  /** A run has its result; `found` says that it was there already. */
  readonly onEnd: (placed: PlacedPoint, result: PointResult, found: boolean) => Promise<void>;
}

/** A run that has no result, and why. */
export interface FailedPoint {
  readonly name: string;
  readonly message: string;
}

/** How often a run is started again that was killed from outside. */
const MOST_ATTEMPTS = 3;
/** A sweep whose first runs all fail is given up. */
const MOST_FAILURES = 3;

/** Gives runs their folders in `folder`; of runs with the same name there is one. */
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
 * Does all runs that are not done, several at a time, each in its own process. Diverging is a
 * result; other failures are reported when the rest is done.
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

/** Resolves to what went wrong, if anything did. */
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

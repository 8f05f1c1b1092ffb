import { openBackend } from "../device/mod.ts";
import type { Experiment } from "./experiment.ts";
import type { Request } from "./flags.ts";

/** Where a study computes its runs. */
export interface Place {
  readonly device: "gpu" | "cpu";
  /** In words. */
  readonly description: string;
  /** Number of runs at the same time. */
  readonly jobs: number;
  /** Threads of each run. */
  readonly threads: number;
}

/** Chooses a device, and divides its cores between runs. */
export async function placeOf(
  { oneAtATime }: Experiment,
  { device, jobs }: Request,
): Promise<Place> {
  using backend = await openBackend(device);
  const isGpu = backend.name === "gpu";
  const cores = navigator.hardwareConcurrency;
  const atOnce = oneAtATime ? 1 : jobs ?? (isGpu ? 1 : cores);
  const threads = Math.max(1, Math.floor(cores / atOnce));
  const description = isGpu
    ? backend.description
    : `CPU, ${threads} ${threads === 1 ? "thread" : "threads"} per run, ${atOnce} at a time`;
  return { device: isGpu ? "gpu" : "cpu", description, jobs: atOnce, threads };
}

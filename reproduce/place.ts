import { mayRunNativeCode } from "../cli/environment.ts";
import { CommandError } from "../cli/errors.ts";
import { openBackend } from "../device/mod.ts";
import { counted } from "../graph/counted.ts";
import type { RunPoint } from "./expand.ts";
import type { Experiment } from "./experiment.ts";
import type { Request } from "./flags.ts";

/** Where a study computes its runs. */
export interface Place {
  readonly device: "gpu" | "cpu";
  /** In words. */
  readonly description: string;
  /** Number of runs at the same time. */
  readonly jobs: number;
  /** Threads of each process. */
  readonly threads: number;
}

/**
 * Chooses a device for these runs, and divides its cores between them and their ranks.
 * @throws {CommandError} if there are runs on several ranks, and no launcher or no permission for MPI
 */
export async function placeOf(
  points: readonly RunPoint[],
  experiment: Experiment,
  request: Request,
): Promise<Place> {
  const { device, jobs } = request;
  const { oneAtATime } = experiment;
  const ranks = Math.max(...points.map((point) => point.ranks ?? 1));
  if (ranks > 1) requireLauncher(experiment, request, ranks);
  using backend = await openBackend(device);
  const isGpu = backend.name === "gpu";
  const cores = navigator.hardwareConcurrency;
  const atOnce = oneAtATime ? 1 : jobs ?? (isGpu ? 1 : cores);
  const threads = Math.max(1, Math.floor(cores / (atOnce * ranks)));
  const holder = ranks > 1 ? "rank" : "run";
  const description = isGpu
    ? backend.description
    : `CPU, ${counted(threads, "thread")} per ${holder}, ${atOnce} at a time`;
  return { device: isGpu ? "gpu" : "cpu", description, jobs: atOnce, threads };
}

function requireLauncher(
  { what }: Experiment,
  { scale, phase, launcher }: Request,
  ranks: number,
): void {
  if (phase === "write") return;
  const start = `Cannot run ${what} at the scale ${scale}: some of its runs have ${ranks} ranks`;
  if (launcher === null) {
    throw new CommandError(
      `${start}: name what starts them, such as --launcher "mpirun -n {}" (docs/distributed.md)`,
    );
  }
  if (mayRunNativeCode()) return;
  throw new CommandError(
    `${start}, and MPI needs the permission --allow-ffi: use deno task reproduce-native`,
  );
}

import { implementations, type MpiImplementation } from "./mpi_abi.ts";

/** What started this process as one of several ranks. */
export interface Launcher {
  /** Number of ranks that it started. */
  readonly size: number;
  /** Number of them on this machine, if it says so. */
  readonly localSize: number | undefined;
  /** The implementation that it belongs to, if that is known. */
  readonly implementation: MpiImplementation | undefined;
}

/** Variables of launchers that work with any implementation, such as `srun`. */
const SIZE_VARIABLES = ["SLURM_STEP_NUM_TASKS"];

/** Variables with the number of ranks on this machine. */
const LOCAL_SIZE_VARIABLES = [
  "OMPI_COMM_WORLD_LOCAL_SIZE",
  "MPI_LOCALNRANKS",
  "SLURM_STEP_TASKS_PER_NODE",
];

/** The environment variables that `findLauncher` reads. */
export const launcherEnvironment: readonly string[] = [
  ...implementations.flatMap(({ sizeVariables }) => sizeVariables),
  ...SIZE_VARIABLES,
  ...LOCAL_SIZE_VARIABLES,
];

/**
 * Finds the launcher of this process in the environment; `undefined` if it was started by itself.
 * `variable` returns the value of an environment variable.
 */
export function findLauncher(
  variable: (name: string) => string | undefined,
): Launcher | undefined {
  const numberOf = (names: readonly string[]): number | undefined =>
    names.map((name) => parseInt(variable(name) ?? "")).find((value) => value >= 1);
  const implementation = implementations.find(({ sizeVariables }) => numberOf(sizeVariables));
  const size = numberOf([...implementation?.sizeVariables ?? [], ...SIZE_VARIABLES]);
  return size ? { size, localSize: numberOf(LOCAL_SIZE_VARIABLES), implementation } : undefined;
}

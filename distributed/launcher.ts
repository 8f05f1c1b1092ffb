import { implementations, type MpiImplementation } from "./mpi_abi.ts";

/** What started this process as one of several ranks. */
export interface Launcher {
  /** Number of ranks that it started. */
  readonly size: number;
  /** Number of this rank; `undefined` if it does not say so. */
  readonly rank: number | undefined;
  /** Number of ranks on this machine, if it says so. */
  readonly localSize: number | undefined;
  /** Number of this rank among those of this machine, if it says so. */
  readonly localRank: number | undefined;
  /** Number of cores that it reserved for this rank, if it says so. */
  readonly cores: number | undefined;
  /** The implementation that it belongs to, if that is known. */
  readonly implementation: MpiImplementation | undefined;
}

/** The variables that launchers set: those of Open MPI, of MPICH, and of Slurm, in this order. */
const variables = {
  /** Works with any implementation. */
  size: ["SLURM_STEP_NUM_TASKS"],
  rank: ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID"],
  localSize: ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"],
  localRank: ["OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"],
  cores: ["SLURM_CPUS_PER_TASK"],
} as const;

/** Slurm lists the number of tasks on each node, and says which of the nodes this is. */
const slurmNodes = { tasks: "SLURM_STEP_TASKS_PER_NODE", node: "SLURM_NODEID" } as const;

/** The environment variables that `launcherOfProcess` reads. */
export const launcherEnvironment: readonly string[] = [
  ...implementations.flatMap(({ sizeVariables }) => sizeVariables),
  ...Object.values(variables).flat(),
  ...Object.values(slurmNodes),
];

/**
 * Finds the launcher of this process, as far as it may read the environment; `undefined` if it was
 * started by itself.
 */
export function launcherOfProcess(): Launcher | undefined {
  if (typeof Deno === "undefined") return undefined;
  const numberOf = (names: readonly string[], least: number): number | undefined =>
    names.map((name) => parseInt(readVariable(name) ?? "")).find((value) => value >= least);
  const implementation = implementations.find(({ sizeVariables }) => numberOf(sizeVariables, 1));
  const size = numberOf([...implementation?.sizeVariables ?? [], ...variables.size], 1);
  if (size === undefined) return undefined;
  return {
    size,
    rank: numberOf(variables.rank, 0),
    localSize: numberOf(variables.localSize, 1) ?? tasksOnNode(),
    localRank: numberOf(variables.localRank, 0),
    cores: numberOf(variables.cores, 1),
    implementation,
  };
}

/** The number of Slurm's tasks on this node. A list such as "2(x3),1" is of four nodes. */
function tasksOnNode(): number | undefined {
  const node = parseInt(readVariable(slurmNodes.node) ?? "");
  const list = readVariable(slurmNodes.tasks) ?? "";
  const counts = [...list.matchAll(/(\d+)(?:\(x(\d+)\))?/g)].flatMap(([, tasks, nodes = "1"]) =>
    Array.from({ length: Number(nodes) }, () => Number(tasks))
  );
  return counts[node];
}

function readVariable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

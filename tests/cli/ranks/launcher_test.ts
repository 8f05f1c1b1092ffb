import { assertEquals } from "@std/assert";
import { threadsOf } from "../../../cli/ranks/threads.ts";
import { launcherEnvironment, launcherOfProcess } from "../../../distributed/launcher.ts";

/** Calls a function as a process that a launcher started with these variables, and no others. */
function under<T>(variables: Readonly<Record<string, string>>, fn: () => T): T {
  const before = launcherEnvironment.map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const name of launcherEnvironment) Deno.env.delete(name);
    for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
    return fn();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

const openMpi = {
  ...{ OMPI_COMM_WORLD_SIZE: "4", OMPI_COMM_WORLD_RANK: "3" },
  ...{ OMPI_COMM_WORLD_LOCAL_SIZE: "2", OMPI_COMM_WORLD_LOCAL_RANK: "1" },
};
const mpich = { PMI_SIZE: "4", PMI_RANK: "3", MPI_LOCALNRANKS: "2", MPI_LOCALRANKID: "1" };
const slurm = {
  ...{ SLURM_STEP_NUM_TASKS: "4", SLURM_PROCID: "3", SLURM_LOCALID: "1" },
  ...{ SLURM_STEP_TASKS_PER_NODE: "2(x2)", SLURM_NODEID: "1", SLURM_CPUS_PER_TASK: "8" },
};

Deno.test("Open MPI, MPICH, and Slurm say which rank a process is", () => {
  const facts = (variables: Readonly<Record<string, string>>) => {
    const found = under(variables, launcherOfProcess);
    return found && { ...found, implementation: found.implementation?.name };
  };
  const place = { size: 4, rank: 3, localSize: 2, localRank: 1, cores: undefined };
  assertEquals(facts(openMpi), { ...place, implementation: "Open MPI" });
  assertEquals(facts(mpich), { ...place, implementation: "MPICH" });
  assertEquals(facts(slurm), { ...place, cores: 8, implementation: undefined });
  assertEquals(facts({ ...slurm, ...mpich }), { ...place, cores: 8, implementation: "MPICH" });
  assertEquals(facts({}), undefined);
  assertEquals(facts({ OMPI_COMM_WORLD_SIZE: "x" }), undefined);
});

Deno.test("under Slurm, nodes may have different numbers of ranks", () => {
  const localSizeOf = (tasks: string, node: string) =>
    under(
      { ...slurm, SLURM_STEP_TASKS_PER_NODE: tasks, SLURM_NODEID: node },
      () => launcherOfProcess()!.localSize,
    );
  assertEquals(["0", "1"].map((node) => localSizeOf("1,3", node)), [1, 3]);
  const nodes = ["0", "1", "2", "3", "4"];
  assertEquals(nodes.map((node) => localSizeOf("12(x3),1", node)), [12, 12, 12, 1, undefined]);
  assertEquals([localSizeOf("1,3", ""), localSizeOf("", "0")], [undefined, undefined]);
});

Deno.test("the ranks of a machine divide its cores, unless Slurm or the user says otherwise", () => {
  const threads = (variables: Readonly<Record<string, string>>, size: number) =>
    under(variables, () => threadsOf({ threads: null }, { size })).threads;
  const cores = navigator.hardwareConcurrency;
  for (const variables of [openMpi, mpich]) {
    assertEquals(threads(variables, 4), Math.max(1, Math.floor(cores / 2)));
  }
  const crowd = { ...openMpi, OMPI_COMM_WORLD_LOCAL_SIZE: `${4 * cores}` };
  assertEquals(threads(crowd, 4 * cores), 1);
  assertEquals(threads(slurm, 4), 8);
  const { SLURM_CPUS_PER_TASK: _, ...unreserved } = slurm;
  const uneven = { ...unreserved, SLURM_STEP_TASKS_PER_NODE: `1,${cores}` };
  assertEquals(threads(uneven, cores + 1), 1);
  assertEquals(threads({}, 2), Math.max(1, Math.floor(cores / 2)));
  assertEquals(threads({}, 1), undefined);
  assertEquals(under(slurm, () => threadsOf({ threads: 3 }, { size: 4 })), { threads: 3 });
});

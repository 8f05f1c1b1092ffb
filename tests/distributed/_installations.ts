/** A launcher of MPI, and its library. */
export interface Installation {
  readonly name: string;
  readonly launcher: string;
  readonly flags: readonly string[];
  readonly library: string;
}

/** The installations that are tested. */
export const installations: readonly Installation[] = [
  {
    name: "Open MPI",
    launcher: "mpirun.openmpi",
    flags: ["--oversubscribe", "--bind-to", "none"],
    library: "libmpi.so.40",
  },
  { name: "MPICH", launcher: "mpirun.mpich", flags: [], library: "libmpich.so.12" },
];

/** Open MPI refuses to run as root, as containers do, without these. */
export const env = {
  MPIEXEC_TIMEOUT: "120", // seconds
  OMPI_ALLOW_RUN_AS_ROOT: "1",
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
  NO_COLOR: "1",
};

/** Whether an installation is there. */
export async function isInstalled({ launcher }: Installation): Promise<boolean> {
  try {
    return (await new Deno.Command(launcher, { args: ["--version"], env }).output()).success;
  } catch {
    return false;
  }
}

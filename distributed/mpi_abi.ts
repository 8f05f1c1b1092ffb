/** The handles of one implementation of MPI, as `usize`. */
export interface MpiHandles {
  /** The address that means "in place". */
  readonly inPlace: bigint;
  /** The communicator of all ranks. */
  readonly world: bigint;
  readonly float: bigint;
  readonly int: bigint;
  readonly byte: bigint;
  readonly sum: bigint;
  readonly max: bigint;
}

/** One implementation of MPI. */
export interface MpiImplementation {
  readonly name: string;
  /** How the library's version begins. */
  readonly version: string;
  /** File names of the library, by operating system. */
  readonly library: Readonly<Record<string, string>>;
  /** Environment variables with the number of ranks that its launcher sets. */
  readonly sizeVariables: readonly string[];
  /** Finds the handles in a library. */
  handles(path: string): MpiHandles;
}

/**
 * MPICH and what descends from it (Intel MPI, Cray MPICH): handles are 32-bit integers that its
 * ABI fixes.
 */
const mpich: MpiImplementation = {
  name: "MPICH",
  version: "MPICH",
  library: { linux: "libmpich.so.12", darwin: "libmpi.12.dylib" },
  sizeVariables: ["PMI_SIZE"],
  handles: () => ({
    inPlace: 2n ** 64n - 1n,
    world: 0x44000000n,
    float: 0x4c00040an,
    int: 0x4c000405n,
    byte: 0x4c00010dn,
    sum: 0x58000003n,
    max: 0x58000001n,
  }),
};

/** Converts the numbers that Fortran has for handles. */
const fromFortran = {
  MPI_Comm_f2c: { parameters: ["i32"], result: "usize" },
  MPI_Type_f2c: { parameters: ["i32"], result: "usize" },
  MPI_Op_f2c: { parameters: ["i32"], result: "usize" },
} as const;

/** Open MPI: handles are addresses of its variables, which it finds by their numbers in Fortran. */
const openMpi: MpiImplementation = {
  name: "Open MPI",
  version: "Open MPI",
  library: { linux: "libmpi.so.40", darwin: "libmpi.40.dylib" },
  sizeVariables: ["OMPI_COMM_WORLD_SIZE"],
  handles: (path) => {
    const { MPI_Comm_f2c, MPI_Type_f2c, MPI_Op_f2c } = Deno.dlopen(path, fromFortran).symbols;
    return {
      inPlace: 1n,
      world: MPI_Comm_f2c(0),
      float: MPI_Type_f2c(13),
      int: MPI_Type_f2c(7),
      byte: MPI_Type_f2c(1),
      sum: MPI_Op_f2c(3),
      max: MPI_Op_f2c(1),
    };
  },
};

/** The implementations that are supported. */
export const implementations: readonly MpiImplementation[] = [openMpi, mpich];

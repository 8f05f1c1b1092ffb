import { bytesOf } from "../graph/bytes_of.ts";
import {
  checkOption,
  checkOptions,
  DeviceError,
  nonEmptyText,
  optional,
  type OptionRules,
  wholeIn,
} from "../graph/mod.ts";
import type { Communicator } from "./communicator.ts";
import { type Launcher, launcherOfProcess } from "./launcher.ts";
import { implementations, type MpiHandles } from "./mpi_abi.ts";
import { finalizeCanHang, pause } from "./mpi_finalize.ts";

/** Options for `overMpi`. */
export interface MpiOptions {
  /**
   * Path or file name of the MPI library. Default: that of the launcher's implementation, as the
   * system finds it.
   */
  readonly library?: string;
}

const mpiRules: OptionRules<MpiOptions> = { library: optional(nonEmptyText) };

/** Functions that take no handles. */
const plainSymbols = {
  MPI_Get_library_version: { parameters: ["buffer", "buffer"], result: "i32" },
  MPI_Init_thread: { parameters: ["pointer", "pointer", "i32", "buffer"], result: "i32" },
  MPI_Finalize: { parameters: [], result: "i32" },
} as const;

/** Functions that take handles. */
const handleSymbols = {
  MPI_Comm_rank: { parameters: ["usize", "buffer"], result: "i32" },
  MPI_Comm_size: { parameters: ["usize", "buffer"], result: "i32" },
  MPI_Allreduce: {
    parameters: ["usize", "buffer", "i32", "usize", "usize", "usize"],
    result: "i32",
  },
  MPI_Bcast: { parameters: ["buffer", "i32", "usize", "i32", "usize"], result: "i32" },
  MPI_Abort: { parameters: ["usize", "i32"], result: "i32" },
} as const;

/** The launcher does not belong to the library. All ranks throw it. */
export class LauncherError extends DeviceError {}

/** `MPI_THREAD_SERIALIZED`: any thread may call, one at a time. */
const SERIALIZED = 2;

/** Bytes that hold the version of any library. */
const VERSION_BYTES = 8192;

/** A rank of an MPI job. There can be one in a process. */
export class MpiCommunicator implements Communicator {
  readonly rank: number;
  readonly size: number;
  readonly description: string;
  readonly #handles: MpiHandles;
  readonly #plain: Deno.DynamicLibrary<typeof plainSymbols>["symbols"];
  readonly #symbols: Deno.DynamicLibrary<typeof handleSymbols>["symbols"];
  readonly #abortOnUnload = (): void => this.abort(1);
  readonly #finalizeCanHang: boolean;
  #ended = false;

  /** Loads a library, and waits for the other ranks. Use `connectMpi`. */
  constructor(library: string) {
    const plain = Deno.dlopen(library, plainSymbols).symbols;
    const text = versionTextOf(plain);
    const version = firstLine(text);
    const found = implementations.find((row) => version.startsWith(row.version));
    if (!found) throw refusal(`"${library}" is an implementation that is not known: ${version}`);
    check("MPI_Init_thread", plain.MPI_Init_thread(null, null, SERIALIZED, new Int32Array(1)));
    this.#plain = plain;
    this.#symbols = Deno.dlopen(library, handleSymbols).symbols;
    this.#handles = found.handles(library);
    const number = new Int32Array(1);
    check("MPI_Comm_rank", this.#symbols.MPI_Comm_rank(this.#handles.world, number));
    this.rank = number[0]!;
    check("MPI_Comm_size", this.#symbols.MPI_Comm_size(this.#handles.world, number));
    this.size = number[0]!;
    this.description = version;
    this.#finalizeCanHang = finalizeCanHang(text);
    // A rank that ends without a word would leave the others waiting.
    globalThis.addEventListener("unload", this.#abortOnUnload);
  }

  sum(data: Float32Array): void {
    this.#reduce(data, this.#handles.float, this.#handles.sum);
  }

  max(data: Int32Array): void {
    this.#reduce(data, this.#handles.int, this.#handles.max);
  }

  #reduce(data: Float32Array | Int32Array, type: bigint, operation: bigint): void {
    const { inPlace, world } = this.#handles;
    const elements = argument(data);
    check(
      "MPI_Allreduce",
      this.#symbols.MPI_Allreduce(inPlace, elements, data.length, type, operation, world),
    );
  }

  broadcast(data: Uint8Array, from: number): void {
    checkOption("broadcast", { from }, wholeIn(0, this.size - 1));
    const { byte, world } = this.#handles;
    check("MPI_Bcast", this.#symbols.MPI_Bcast(argument(data), data.length, byte, from, world));
  }

  /** Ends the processes of all ranks at once, this one included, with this exit code. */
  abort(code: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#symbols.MPI_Abort(this.#handles.world, code);
  }

  /** Waits for the other ranks, and leaves the job in order. */
  finalize(): void {
    if (this.#ended) return;
    this.#ended = true;
    globalThis.removeEventListener("unload", this.#abortOnUnload);
    if (this.#finalizeCanHang && this.size > 1) {
      this.max(new Int32Array(1));
      pause(); // until the other ranks have left this exchange, too
    }
    check("MPI_Finalize", this.#plain.MPI_Finalize());
  }
}

/**
 * Runs a function as one of the ranks that a launcher of MPI started: `mpirun -n 4 deno run …`.
 * Needs `--allow-ffi`, and `--allow-env` to see the launcher. Started by itself, a process is the
 * only rank. If the function throws, the error is printed, and the processes of all ranks end with
 * exit code 1: the others could only wait.
 *
 * @throws {DeviceError} if the library cannot be loaded, is not supported, or does not belong to the
 *   launcher
 */
export async function overMpi<T>(
  run: (communicator: Communicator) => T | Promise<T>,
  options: MpiOptions = {},
): Promise<T> {
  const communicator = connectMpi(options);
  let result: T;
  try {
    result = await run(communicator);
  } catch (error) {
    if (communicator.size > 1) await endAll(communicator, error);
    throw error;
  }
  communicator.finalize();
  return result;
}

/** Time for the message of the first rank that fails, in milliseconds. */
const GRACE = 300;

async function endAll(communicator: MpiCommunicator, error: unknown): Promise<void> {
  console.error(`rank ${communicator.rank} of ${communicator.size}:`, error);
  // What the launcher has not printed when a rank aborts is lost.
  await new Promise((resolve) => setTimeout(resolve, GRACE));
  communicator.abort(1);
}

/**
 * Connects this process with the other ranks. The caller must finalize the connection, or abort it.
 * @throws {DeviceError} as `overMpi` does
 */
export function connectMpi(options: MpiOptions = {}): MpiCommunicator {
  checkOptions("connect over MPI", options, mpiRules);
  if (typeof Deno === "undefined") throw refusal("the runtime is not Deno");
  const launcher = launcherOfProcess();
  const names = options.library === undefined ? libraryNames(launcher) : [options.library];
  const failures: string[] = [];
  for (const name of names) {
    try {
      return checkSize(new MpiCommunicator(name), launcher);
    } catch (error) {
      if (error instanceof DeviceError) throw error;
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw refusal(
    `no library could be loaded: install Open MPI or MPICH, or pass its path: ${
      failures.join("; ")
    }`,
  );
}

/** The libraries to try: that of the launcher, or all. */
function libraryNames(launcher: Launcher | undefined): readonly string[] {
  const rows = launcher?.implementation ? [launcher.implementation] : implementations;
  return rows.flatMap(({ library }) => library[Deno.build.os] ?? []);
}

/** Refuses a library that another launcher belongs to: each process would train by itself. */
function checkSize(
  communicator: MpiCommunicator,
  launcher: Launcher | undefined,
): MpiCommunicator {
  if (!launcher || launcher.size === communicator.size) return communicator;
  communicator.finalize();
  throw new LauncherError(
    `Cannot connect over MPI: the launcher started ${launcher.size} ranks, but ` +
      `${communicator.description} sees ${communicator.size}: use the launcher and the library of ` +
      "one installation",
  );
}

function versionTextOf(
  { MPI_Get_library_version }: Deno.DynamicLibrary<typeof plainSymbols>["symbols"],
): string {
  const text = new Uint8Array(VERSION_BYTES);
  const length = new Int32Array(1);
  check("MPI_Get_library_version", MPI_Get_library_version(text, length));
  return new TextDecoder().decode(text.subarray(0, length[0]));
}

function firstLine(version: string): string {
  const [line] = version.split(/[\n,\0]/);
  return line!.replaceAll(/\s+/g, " ").replace(":", "").trim();
}

/** An array as an argument. It may be in shared memory, whatever its type says. */
function argument(data: ArrayBufferView): Uint8Array<ArrayBuffer> {
  return bytesOf(data) as Uint8Array<ArrayBuffer>;
}

function check(name: string, code: number): void {
  if (code !== 0) throw refusal(`${name} failed with code ${code}`);
}

function refusal(reason: string): DeviceError {
  return new DeviceError(`Cannot connect over MPI: ${reason}`);
}

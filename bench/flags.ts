import { z } from "zod";
import { common } from "../cli/flags/common.ts";
import { parseFlags, type Values } from "../cli/flags/parse_flags.ts";
import type { CommandHelp } from "../cli/flags/help.ts";
import { essential, optional, setting, toggle } from "../cli/flags/setting.ts";
import { file, text } from "../cli/flags/values.ts";
import { type DeviceName, deviceNames } from "./devices.ts";

/** The file for the results of a GPU, which are made to be sent to others. */
const GPU_FILE = "gpu-benchmark.json";

const settings = {
  device: essential(
    setting(z.enum([...deviceNames, "mpi", "all"]).default("all"))`device to measure; native is the
      CPU with native code; mpi are two processes that mpirun starts, which is not part of all`,
    "device to measure",
  ),
  filter: essential(
    setting(text("TEXT", "a part of the names of cases").default(""))`only cases whose name contains
      TEXT, for example "matmul 1024" or "step" [all]`,
    "only cases whose name contains TEXT",
  ),
  quick: essential(
    toggle`measure for a shorter time, with less precision`,
    "measure for a shorter time",
  ),
  profile: toggle`below each case, show the best time of each dispatch`,
  peers: essential(
    toggle`compare with jax-js and TensorFlow.js, which are installed from npm into a temporary
      folder; checks that results agree before timing`,
    "compare with jax-js and TensorFlow.js",
  ),
  torch: essential(
    optional(text("PYTHON", "a Python interpreter that has PyTorch"))`compare with PyTorch on two
      threads, using this Python interpreter`,
    "compare with the PyTorch of this Python",
  ),
  json: essential(
    toggle`print one JSON object to standard output, and tables to standard error`,
    "print one JSON object",
  ),
  out: essential(
    optional(file)`write the same JSON object to a file [${GPU_FILE} with --device gpu, unless
      --json is given]`,
    "write it to a file",
  ),
  ...common,
};

/** The parsed command line. */
export interface Options extends Omit<Values<typeof settings>, "device"> {
  readonly devices: readonly DeviceName[];
  /** Whether to measure processes that train together. */
  readonly ranks: boolean;
  /** Whether to measure the case with this name. */
  readonly wanted: (name: string) => boolean;
}

/**
 * Parses the command line.
 * @throws {UsageError} if a flag is unknown or its value is invalid
 */
export function parseOptions(args: readonly string[]): Options {
  const { device, out, ...values } = parseFlags(settings, args).values;
  const { filter, json } = values;
  return {
    ...values,
    out: out ?? (device === "gpu" && !json ? GPU_FILE : null),
    devices: device === "all" ? deviceNames : device === "mpi" ? [] : [device],
    ranks: device === "mpi",
    wanted: (name) => name.includes(filter),
  };
}

/** What `bench --help` says. */
export const help: CommandHelp = {
  about: ["Measures kernels and training steps, optionally against other frameworks."],
  usage: ["deno task bench [flags]"],
  groups: [{ title: "Flags", settings }],
  notes: [
    "Columns: median and best time of a run; median time of its kernels by the GPU's clock; GFLOP/s; " +
    "GB/s of memory traffic; percentage of the ceiling, which is a peak of arithmetic or of memory, " +
    "whichever is the limit (work that fits in the caches can exceed 100%); kernel launches and " +
    "submissions of one run; time divided by that of SGD. The peaks are those of a large matrix " +
    "product and of long streams on the CPU, and of multiply-adds in registers and of a copy of " +
    "128 MiB on the GPU. Rates on the GPU are by its clock.",
    'Cases named "compile" time the call of compile on an open device, from the trace to the ready ' +
    "plan; pipelines, which the driver compiles, are separate. Software GPUs compile as an NVIDIA " +
    "GPU would.",
    "To share results of your GPU: deno task bench --device gpu (with --quick, it takes a few " +
    `minutes), then attach ${GPU_FILE} to an issue. It names the GPU and software versions, and ` +
    "nothing personal. It is written after each case, so that an interrupted run keeps what it has " +
    "measured. Software adapters take much longer: choose cases with --filter.",
  ],
  exitCodes: "0 done, 1 failed, or a comparison could not be made, 2 invalid flags.",
};

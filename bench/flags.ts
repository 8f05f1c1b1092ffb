import { z } from "zod";
import { common } from "../cli/flags/common.ts";
import { defineFlags, type Values } from "../cli/flags/define_flags.ts";
import { flagHelp } from "../cli/flags/help.ts";
import { setting } from "../cli/flags/setting.ts";
import { text } from "../cli/flags/values.ts";
import { type DeviceName, deviceNames } from "./devices.ts";

const settings = {
  device: setting(
    z.enum([...deviceNames, "all"]).default("all"),
    "device to measure; native is the CPU with native code",
  ),
  filter: setting(
    text("TEXT", "a part of the names of cases").default(""),
    'only cases whose name contains TEXT, for example "matmul 1024" or "step"',
    "all",
  ),
  quick: setting(z.boolean().default(false), "measure for a shorter time, with less precision"),
  profile: setting(
    z.boolean().default(false),
    "below each case, show the best time of each dispatch",
  ),
  peers: setting(
    z.boolean().default(false),
    "compare with jax-js and TensorFlow.js, which are installed from npm into a temporary folder; checks that results agree before timing",
  ),
  torch: setting(
    text("PYTHON", "a Python interpreter that has PyTorch").optional(),
    "compare with PyTorch on two threads, using this Python interpreter",
  ),
  json: setting(
    z.boolean().default(false),
    "print one JSON object to standard output, and tables to standard error",
  ),
  ...common,
};

const flags = defineFlags(settings);

/** The parsed command line. */
export interface Options extends Omit<Values<typeof settings>, "device" | "filter"> {
  readonly devices: readonly DeviceName[];
  /** Whether to measure the case with this name. */
  readonly wanted: (name: string) => boolean;
}

/**
 * Parses the command line.
 * @throws {UsageError} if a flag is unknown or its value is invalid
 */
export function parseOptions(args: readonly string[]): Options {
  const { device, filter, ...values } = flags.parse(args).values;
  return {
    ...values,
    devices: device === "all" ? deviceNames : [device],
    wanted: (name) => name.includes(filter),
  };
}

/** Output of `bench --help`. */
export const help: string =
  `Measure kernels and training steps, optionally against other frameworks.

  deno task bench [flags]

${flagHelp([{ title: "Flags", settings }])}
Columns: median and best time of a run; GFLOP/s; GB/s of memory traffic; percentage of the ceiling,
which is the peak of a large matrix product or of memory, whichever is the limit (work that fits in
the caches can exceed 100%); kernel launches and submissions of one run.
`;

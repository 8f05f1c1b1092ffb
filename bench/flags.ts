import { z } from "zod";
import { common } from "../cli/flags/common.ts";
import { defineFlags } from "../cli/flags/define_flags.ts";
import { flagHelp } from "../cli/flags/help.ts";
import { setting } from "../cli/flags/setting.ts";
import { text } from "../cli/flags/values.ts";

const settings = {
  device: setting(z.enum(["cpu", "gpu", "both"]).default("both"), "what to measure"),
  filter: setting(
    text("TEXT", "a part of the names of cases").default(""),
    'only cases whose name contains TEXT, for example "matmul 1024" or "step"',
    "all",
  ),
  quick: setting(z.boolean().default(false), "shorter runs with rougher figures"),
  profile: setting(
    z.boolean().default(false),
    "below each case, the best time of each of its dispatches",
  ),
  peers: setting(
    z.boolean().default(false),
    "install jax-js and TensorFlow.js from npm into a temporary folder, check that the results agree, then measure all of them in turns",
  ),
  torch: setting(
    text("PYTHON", "a Python interpreter that has PyTorch").optional(),
    "also measure PyTorch, with this interpreter and two threads",
  ),
  json: setting(
    z.boolean().default(false),
    "print one JSON object to standard output, and tables to standard error",
  ),
  ...common,
};

const flags = defineFlags(settings);

/** What to measure, and how. */
export interface Options {
  readonly devices: readonly ("cpu" | "gpu")[];
  readonly wanted: (name: string) => boolean;
  readonly quick: boolean;
  readonly profile: boolean;
  readonly peers: boolean;
  readonly torch?: string | undefined;
  readonly json: boolean;
}

/**
 * Reads the command line.
 * @throws {UsageError} if a flag is unknown, or its value breaks the rule
 */
export function parseOptions(args: readonly string[]): Options {
  const { device, filter, ...values } = flags.parse(args).values;
  return {
    ...values,
    devices: device === "both" ? ["cpu", "gpu"] : [device],
    wanted: (name) => name.includes(filter),
  };
}

/** What `bench --help` prints. */
export const help: string =
  `Measures Gspace: kernels, whole training steps, and the same work in its peers.

  deno task bench [flags]

${flagHelp([{ title: "Flags", settings }], 100)}
Columns: median and best time of a run; GFLOP/s of the arithmetic; GB/s of the slots that the
kernels touch; share of the ceiling (the peak of a large product or of memory, whichever binds,
measured first; work inside the caches can pass 100 %); kernel launches and submits of one run.
`;

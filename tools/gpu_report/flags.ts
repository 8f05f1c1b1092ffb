import { z } from "zod";
import { common } from "../../cli/flags/common.ts";
import { parseFlags } from "../../cli/flags/parse_flags.ts";
import type { CommandHelp } from "../../cli/flags/help.ts";
import { optional, setting, toggle } from "../../cli/flags/setting.ts";
import { file, text } from "../../cli/flags/values.ts";
import { UsageError } from "../../cli/errors.ts";
import { families, type Family } from "../null_gpu/families.ts";
import type { AdapterClass } from "../../gpu/adapter_class.ts";
import { judgedFamilies } from "./check.ts";
import { gpuClasses } from "./launches.ts";
import { ops, steps, type Subject } from "./subjects.ts";

const familyNames = z.enum(Object.keys(families) as [Family, ...Family[]]);
const described = Object.entries(families).map(([name, { description }]) =>
  `${name} (${description})`
);

const settings = {
  filter: setting(text("TEXT", "a part of the names of steps and ops").default(""), {
    brief: "only steps and ops whose name contains TEXT",
    help: 'only steps and ops whose name contains TEXT, for example "PlainNet-20 b128" or "conv"',
    fallback: "all but the slowest",
  }),
  all: toggle({
    brief: "include steps that take minutes to lower",
    help: "include steps that take minutes to lower: ResNet-110",
  }),
  compile: setting(z.boolean().default(true), {
    brief: "compile for GPUs that are not there",
    help: "compile for GPUs that are not there; with --no-compile, only launches are listed",
  }),
  family: setting(
    z.array(familyNames).min(1).default([...judgedFamilies])
      .meta({ placeholder: "NAMES", rule: "names of GPU families, separated by commas" }),
    {
      brief: "GPU families to compile for",
      help: `GPU families to compile for: ${described.join(", ")}`,
    },
  ),
  class: setting(
    z.array(z.enum(gpuClasses)).min(1).default([...gpuClasses])
      .meta({ placeholder: "NAMES", rule: "names of classes of adapters, separated by commas" }),
    {
      help: `classes of adapters whose launches to report: ${gpuClasses.join(", ")}`,
      fallback: "all",
    },
  ),
  intelShim: optional(
    file,
    "libintel_noop_drm_shim.so, which Mesa builds with -Dtools=drm-shim; needed for dg2",
  ),
  check: toggle({
    brief: "print only steps and faults",
    help: "print only steps and faults, and exit with code 1 if a fault is not a known exception",
  }),
  json: toggle({
    brief: "print one JSON object",
    help: "print one JSON object to standard output",
  }),
  ...common,
};

/** The parsed command line. */
export interface Options {
  readonly subjects: readonly Subject[];
  /** Whether the subjects are all that a check covers. */
  readonly isComplete: boolean;
  readonly families: readonly Family[];
  readonly classes: readonly AdapterClass[];
  readonly intelShim?: string | undefined;
  readonly check: boolean;
  readonly json: boolean;
}

/** Lowering takes half a minute. */
const slow = "ResNet-110";

/**
 * Parses the command line.
 * @throws {UsageError} if a flag is unknown or its value is invalid
 */
export function parseOptions(args: readonly string[]): Options {
  const values = parseFlags(settings, args).values;
  const { filter, all, compile, family, class: classes, intelShim, check, json } = values;
  if (family.includes("dg2") && intelShim === null) {
    throw new UsageError("Cannot compile for dg2: it needs --intel-shim");
  }
  const isWanted = ({ name }: Subject) =>
    name.includes(filter) && (all || filter.includes(slow) || !name.includes(slow));
  return {
    subjects: [...steps, ...ops].filter(isWanted),
    isComplete: filter === "" && compile && classes.length === gpuClasses.length &&
      judgedFamilies.every((name) => family.includes(name)),
    families: compile ? family : [],
    classes,
    intelShim: intelShim ?? undefined,
    check,
    json,
  };
}

/** What `gpu-report --help` says. */
export const help: CommandHelp = {
  about: [
    "Reports what the WebGPU backend gives to GPUs: launches, machine code, and predicted times.",
  ],
  usage: ["deno task gpu-report [flags]"],
  groups: [{ title: "Flags", settings }],
  notes: [
    "Nothing runs on a GPU. Machine code is compiled by Mesa's drivers, which needs gcc, " +
    "libvulkan-dev, and mesa-vulkan-drivers, and for sm_89 by NVIDIA's nvcc, from a translation to " +
    "CUDA. docs/gpu-kernels.md explains the columns and the model.",
  ],
  exitCodes: "0 done, 1 failed, or --check found faults, 2 invalid flags.",
};

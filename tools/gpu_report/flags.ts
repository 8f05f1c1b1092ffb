import { z } from "zod";
import { common } from "../../cli/flags/common.ts";
import { parseFlags } from "../../cli/flags/parse_flags.ts";
import type { CommandHelp } from "../../cli/flags/help.ts";
import { essential, optional, setting, toggle } from "../../cli/flags/setting.ts";
import { file, text } from "../../cli/flags/values.ts";
import { UsageError } from "../../cli/errors.ts";
import { families, type Family } from "../null_gpu/families.ts";
import type { AdapterClass } from "../../gpu/adapter_class.ts";
import { judgedFamilies } from "./check.ts";
import { gpuClasses } from "./launches.ts";
import { ops, steps, type Subject } from "./subjects.ts";

const familyNames = z.array(z.enum(Object.keys(families) as [Family, ...Family[]])).min(1)
  .meta({ placeholder: "NAMES", rule: "names of GPU families, separated by commas" });
const classNames = z.array(z.enum(gpuClasses)).min(1)
  .meta({ placeholder: "NAMES", rule: "names of classes of adapters, separated by commas" });

const described = Object.entries(families)
  .map(([name, { description }]) => `${name} (${description})`).join(", ");

const settings = {
  filter: essential(
    setting(text("TEXT", "a part of the names of steps and ops").default(""))`only steps and ops
      whose name contains TEXT, for example "PlainNet-20 b128" or "conv" [all but the slowest]`,
    "only steps and ops whose name contains TEXT",
  ),
  all: essential(
    toggle`include steps that take minutes to lower: ResNet-110`,
    "include steps that take minutes to lower",
  ),
  compile: essential(
    setting(z.boolean().default(true))`compile for GPUs that are not there; with --no-compile, only
      launches are listed`,
    "compile for GPUs that are not there",
  ),
  family: essential(
    setting(familyNames.default([...judgedFamilies]))`GPU families to compile for: ${described}`,
    "GPU families to compile for",
  ),
  class: setting(classNames.default([...gpuClasses]))`classes of adapters whose launches to report:
    ${gpuClasses.join(", ")} [all]`,
  intelShim: optional(file)`libintel_noop_drm_shim.so, which Mesa builds with -Dtools=drm-shim;
    needed for dg2`,
  check: essential(
    toggle`print only steps and faults, and exit with code 1 if a fault is not a known exception`,
    "print only steps and faults",
  ),
  json: essential(toggle`print one JSON object to standard output`, "print one JSON object"),
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

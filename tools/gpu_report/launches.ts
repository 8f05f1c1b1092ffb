/**
 * The launches of a plan on a GPU. Needs no device: shaders are printed, not compiled.
 * @module
 */
import { kernelBytes } from "../../bench/traffic.ts";
import { adapterClasses } from "../../gpu/adapter_class.ts";
import type { AdapterProfile } from "../../gpu/adapter_profile.ts";
import type { AdapterClass } from "../../gpu/adapter_class.ts";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { plainKernel } from "../../gpu/kernels/gpu_kernel.ts";
import {
  type Launch,
  type LaunchPart,
  MOST_BINDINGS,
  MOST_KERNEL_BUFFERS,
  printLaunches,
} from "../../gpu/launch.ts";
import { KernelTable, loadKernelParts } from "../../gpu/kernels/mod.ts";
import { stagePlan } from "../../gpu/stages.ts";
import type { Limits, Plan, Slot } from "../../graph/mod.ts";
import { describeKernel, flopsOf, type KernelClass, kernelClassOf } from "./kernel_classes.ts";

/** The classes of adapters that are GPUs. */
export const gpuClasses: readonly AdapterClass[] = adapterClasses
  .filter((name) => name !== "software");

/** Typical limits of a native adapter of a class. */
export function limitsOf(adapterClass: AdapterClass): Limits {
  const { longRow, parallelRows } = adapterTable[adapterClass];
  return {
    slotsPerDispatch: MOST_BINDINGS,
    slotsPerKernel: MOST_KERNEL_BUFFERS,
    bytesPerSlot: 2 ** 31 - 4,
    longRow,
    parallelRows,
  };
}
const maxWorkgroupBytes = 32_768;

const parts = await loadKernelParts();

/** The work of a launch or of one of its kernels. */
export interface Work {
  readonly workgroups: number;
  /** Workgroups times invocations per workgroup, including those that have nothing to do. */
  readonly invocations: number;
  /** Minimum memory traffic; see `kernelBytes`. */
  readonly bytes: number;
  /** Operations of products and convolutions; 0 for loops. */
  readonly flops: number;
}

/** A kernel of a launch. */
export interface KernelFacts extends Work {
  /** Its kind and sizes, for example `loop 16 over 128x32x32`. */
  readonly name: string;
  /** The names of the nodes that it computes. */
  readonly label: string;
  readonly class: KernelClass;
}

/** One launch of a step. */
export interface LaunchFacts extends Work {
  readonly source: string;
  readonly kernels: readonly KernelFacts[];
}

/** Stages and prints a plan for a class of adapters, and counts the work of each launch. */
export function launchesOf(plan: Plan, adapterClass: AdapterClass): readonly LaunchFacts[] {
  const profile = adapterTable[adapterClass];
  const table = new KernelTable(parts, profile);
  const { slots, dispatches } = stagePlan(plan, table);
  const options = { slots, table, maxSlots: MOST_BINDINGS, maxWorkgroupBytes };
  return dispatches
    .flatMap((dispatch) => printLaunches(dispatch, options))
    .map((launch) => factsOf(launch, { slots, profile }));
}

/** What the facts of a launch depend on, besides the launch. */
interface Setting {
  readonly slots: readonly Slot[];
  readonly profile: AdapterProfile;
}

function factsOf(launch: Launch, setting: Setting): LaunchFacts {
  const { source, parts, workgroupSize } = launch;
  const alone = parts.length === 1;
  const kernels = parts.map((part) => kernelFacts(part, { ...setting, workgroupSize, alone }));
  const sum = (count: (kernel: Work) => number) =>
    kernels.reduce((total, kernel) => total + count(kernel), 0);
  const workgroups = launch.workgroups[0] * launch.workgroups[1];
  return {
    source,
    kernels,
    workgroups,
    invocations: workgroups * workgroupSize,
    bytes: sum(({ bytes }) => bytes),
    flops: sum(({ flops }) => flops),
  };
}

function kernelFacts(
  { kernel, workgroups }: LaunchPart,
  { slots, profile, workgroupSize, alone }: Setting & {
    readonly workgroupSize: number;
    readonly alone: boolean;
  },
): KernelFacts {
  const plain = plainKernel(kernel);
  return {
    name: describeKernel(plain),
    label: kernel.label,
    class: kernelClassOf(kernel, profile, alone),
    workgroups,
    invocations: workgroups * workgroupSize,
    bytes: kernelBytes(plain, slots),
    flops: flopsOf(plain),
  };
}

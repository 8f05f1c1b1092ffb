/**
 * The launches of a plan on a hardware adapter. Needs no device: shaders are printed, not compiled.
 * @module
 */
import { kernelBytes } from "../../bench/traffic.ts";
import { type AdapterProfile, adapterTable } from "../../gpu/adapter_table.ts";
import { plainKernel } from "../../gpu/kernels/gpu_kernel.ts";
import { type Launch, type LaunchPart, printLaunches } from "../../gpu/launch.ts";
import { stagePlan } from "../../gpu/stages.ts";
import type { Limits, Plan, Slot } from "../../graph/mod.ts";
import { describeKernel, flopsOf, type KernelClass, kernelClassOf } from "./kernel_classes.ts";

/** The tuning parameters that the report uses. */
export const profile: AdapterProfile = adapterTable.hardware;

/** Limits of a native adapter that can bind so many storage buffers. */
export function limitsWith(storageBuffers: number): Limits {
  return {
    slotsPerDispatch: storageBuffers,
    bytesPerSlot: 2 ** 31 - 4,
    longRow: profile.longRow,
    parallelRows: profile.parallelRows,
  };
}
const maxWorkgroupBytes = 32_768;

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

/** Stages and prints a plan, and counts the work of each launch. */
export function launchesOf(plan: Plan, limits: Limits): readonly LaunchFacts[] {
  const { slots, dispatches } = stagePlan(plan, profile);
  const options = { slots, profile, maxSlots: limits.slotsPerDispatch, maxWorkgroupBytes };
  return dispatches
    .flatMap((dispatch) => printLaunches(dispatch, options))
    .map((launch) => factsOf(launch, slots));
}

function factsOf(launch: Launch, slots: readonly Slot[]): LaunchFacts {
  const { source, parts, workgroupSize } = launch;
  const alone = parts.length === 1;
  const kernels = parts.map((part) => kernelFacts(part, { slots, workgroupSize, alone }));
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
  { slots, workgroupSize, alone }: {
    readonly slots: readonly Slot[];
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

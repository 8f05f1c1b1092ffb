import { union } from "../graph/collections.ts";
import { DeviceError } from "../graph/errors.ts";
import { slotsReadBy, slotsWrittenBy } from "../graph/kernel.ts";
import type { Slot } from "../graph/plan.ts";
import { type GpuKernel, plainKernel } from "./kernels/gpu_kernel.ts";
import { type KernelCode, type ShaderContext, workgroupArrayBytes } from "./kernels/kernel_code.ts";
import type { KernelTable } from "./kernels/mod.ts";
import { FunctionSet } from "./wgsl/functions.ts";
import { indent } from "./wgsl/indent.ts";
import { SlotAccess, type SlotBinding } from "./wgsl/slot_access.ts";
import { dispatchText, workgroupsOf } from "./workgroups.ts";

/**
 * Most buffers that one launch binds, however many the adapter allows. WebGPU implementations also
 * limit the bindings of a group, and compilers spill the addresses of many buffers.
 */
export const MOST_BINDINGS = 64;

/**
 * Most buffers that one merged loop accesses. The addresses of all its buffers are in scalar
 * registers at the same time; those of other kernels in a launch are not.
 */
export const MOST_KERNEL_BUFFERS = 44;

/** One shader and its launch parameters: some or all kernels of a dispatch. */
export interface Launch {
  readonly label: string;
  readonly source: string;
  /** The slots, in the order of the shader's bindings. */
  readonly bindings: readonly SlotBinding[];
  /** Workgroups along x and y. */
  readonly workgroups: readonly [number, number];
  /** The number of loops, from the outermost one, whose current turns it may read. */
  readonly turns: number;
  /** Invocations of a workgroup. */
  readonly workgroupSize: number;
  /** The kernels, in order. */
  readonly parts: readonly LaunchPart[];
}

/** One kernel of a launch. */
export interface LaunchPart {
  readonly kernel: GpuKernel;
  /** Its workgroups, a part of those of the launch. */
  readonly workgroups: number;
}

/** Properties of the device that printing depends on. */
export interface LaunchOptions {
  readonly slots: readonly Slot[];
  readonly table: KernelTable;
  readonly maxSlots: number;
  readonly maxWorkgroupBytes: number;
}

/**
 * Prints the kernels of a dispatch as one shader, in which each workgroup selects its kernel by
 * number. Prints several shaders if the kernels access more slots than one shader can bind, or need
 * more workgroup memory than the adapter has.
 */
export function printLaunches(
  dispatch: { readonly kernels: readonly GpuKernel[] },
  options: LaunchOptions,
): Launch[] {
  return groupBySlots(dispatch.kernels, options)
    .flatMap((kernels) => printFitting(kernels, options))
    .filter(({ workgroups: [x] }) => x > 0);
}

function groupBySlots(kernels: readonly GpuKernel[], options: LaunchOptions): GpuKernel[][] {
  const groups: { kernels: GpuKernel[]; slots: Set<number> }[] = [];
  for (const kernel of kernels) {
    const slots = slotsOf(kernel);
    checkSlotCount(kernel, slots, options);
    const last = groups.at(-1);
    if (last && union(last.slots, slots).size <= options.maxSlots) {
      last.kernels.push(kernel);
      slots.forEach((slot) => last.slots.add(slot));
    } else groups.push({ kernels: [kernel], slots });
  }
  return groups.map((group) => group.kernels);
}

function checkSlotCount(
  { label }: GpuKernel,
  slots: Set<number>,
  { maxSlots }: LaunchOptions,
): void {
  if (slots.size <= maxSlots) return;
  throw new DeviceError(
    `Cannot compile kernel "${label}": this adapter binds at most ${maxSlots} buffers: ` +
      `current number is ${slots.size}`,
  );
}

/** The slots that a kernel reads or writes. */
function slotsOf(gpuKernel: GpuKernel): Set<number> {
  const kernel = plainKernel(gpuKernel);
  return union(slotsReadBy(kernel), slotsWrittenBy(kernel));
}

/** Prints one launch, or one for each kernel if workgroup memory does not hold all their arrays. */
function printFitting(kernels: readonly GpuKernel[], options: LaunchOptions): Launch[] {
  const { launch, workgroupBytes } = printLaunch(kernels, options);
  // Checked here because some WebGPU implementations do not.
  if (workgroupBytes <= options.maxWorkgroupBytes) return [launch];
  if (kernels.length > 1) return kernels.flatMap((kernel) => printFitting([kernel], options));
  throw new DeviceError(
    `Cannot compile kernel "${launch.label}": this adapter has ${options.maxWorkgroupBytes} bytes ` +
      `of workgroup memory: current kernel needs ${workgroupBytes}`,
  );
}

function printLaunch(
  kernels: readonly GpuKernel[],
  options: LaunchOptions,
): { readonly launch: Launch; readonly workgroupBytes: number } {
  const context: ShaderContext = {
    profile: options.table.profile,
    workgroupSize: options.table.workgroupSizeOf(kernels),
    access: new SlotAccess(options.slots),
    functions: new FunctionSet(options.table.functions),
    workgroupArrays: new Map(),
  };
  const codes = kernels.map((kernel) => options.table.print(kernel, context));
  const arrays = [...context.workgroupArrays.values()];
  const launch = {
    label: kernels.map((kernel) => kernel.label).join(" | "),
    source: shaderText(codes, context),
    bindings: context.access.bindings,
    turns: context.access.turns,
    workgroups: workgroupsOf(codes),
    workgroupSize: context.workgroupSize,
    parts: kernels.map((kernel, i) => ({ kernel, workgroups: codes[i]?.workgroups ?? 0 })),
  };
  return {
    launch,
    workgroupBytes: arrays.reduce((sum, array) => sum + workgroupArrayBytes(array), 0),
  };
}

function shaderText(codes: readonly KernelCode[], context: ShaderContext): string {
  const body = dispatchText(codes, { alternate: context.profile.alternateKernels });
  const arrays = [...context.workgroupArrays].map(([name, { element, length }]) =>
    `var<workgroup> ${name}: array<${element}, ${length}>;`
  );
  const parts = [context.access.text, ...arrays, context.functions.text].filter((part) => part);
  return `${parts.join("\n")}

@compute @workgroup_size(${context.workgroupSize})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = i32(invocation);
${indent(body)}
}
`;
}

import { union } from "../graph/collections.ts";
import { DeviceError } from "../graph/errors.ts";
import { slotsReadBy, slotsWrittenBy } from "../graph/kernel.ts";
import type { Slot } from "../graph/plan.ts";
import type { AdapterProfile } from "./adapter_table.ts";
import { type GpuKernel, plainKernel } from "./kernels/gpu_kernel.ts";
import { type KernelCode, type ShaderContext, workgroupArrayBytes } from "./kernels/kernel_code.ts";
import { printKernel, workgroupSizeOf } from "./kernels/mod.ts";
import { FunctionSet } from "./wgsl/functions.ts";
import { indent } from "./wgsl/indent.ts";
import { SlotAccess, type SlotBinding } from "./wgsl/slot_access.ts";
import { dispatchText, workgroupsOf } from "./workgroups.ts";

/** One shader and its launch parameters: some or all kernels of a dispatch. */
export interface Launch {
  readonly label: string;
  readonly source: string;
  /** The slots, in the order of the shader's bindings. */
  readonly bindings: readonly SlotBinding[];
  /** Workgroups along x and y. */
  readonly workgroups: readonly [number, number];
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
  readonly profile: AdapterProfile;
  readonly maxSlots: number;
  readonly maxWorkgroupBytes: number;
}

/**
 * Prints the kernels of a dispatch as one shader, in which each workgroup selects its kernel by
 * number. Prints several shaders if the kernels access more slots than one shader can bind.
 */
export function printLaunches(
  dispatch: { readonly kernels: readonly GpuKernel[] },
  options: LaunchOptions,
): Launch[] {
  return groupBySlots(dispatch.kernels, options)
    .map((kernels) => printLaunch(kernels, options))
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

function printLaunch(kernels: readonly GpuKernel[], options: LaunchOptions): Launch {
  const context: ShaderContext = {
    profile: options.profile,
    workgroupSize: workgroupSizeOf(kernels, options.profile),
    access: new SlotAccess(options.slots),
    functions: new FunctionSet(),
    workgroupArrays: new Map(),
  };
  const codes = kernels.map((kernel) => printKernel(kernel, context));
  const label = kernels.map((kernel) => kernel.label).join(" | ");
  checkWorkgroupMemory(label, context, options);
  return {
    label,
    source: shaderText(codes, context),
    bindings: context.access.bindings,
    workgroups: workgroupsOf(codes),
    workgroupSize: context.workgroupSize,
    parts: kernels.map((kernel, i) => ({ kernel, workgroups: codes[i]?.workgroups ?? 0 })),
  };
}

// Checked here because some WebGPU implementations do not.
function checkWorkgroupMemory(label: string, context: ShaderContext, options: LaunchOptions) {
  const arrays = [...context.workgroupArrays.values()];
  const bytes = arrays.reduce((sum, array) => sum + workgroupArrayBytes(array), 0);
  if (bytes <= options.maxWorkgroupBytes) return;
  throw new DeviceError(
    `Cannot compile kernel "${label}": this adapter has ${options.maxWorkgroupBytes} bytes ` +
      `of workgroup memory: current kernel needs ${bytes}`,
  );
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

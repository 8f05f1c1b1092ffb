import { asLoop } from "../../../graph/kernels/as_loop.ts";
import type { AdapterProfile } from "../../adapter_profile.ts";
import { type GpuKernel, plainKernel } from "../gpu_kernel.ts";
import type { KernelCode, ShaderContext } from "../kernel_code.ts";
import { loopInvocations, loopWorkgroupSize, printLoop } from "./loop.ts";

/** Prints kernels of any kind as their loop form. */
export const loopRow = {
  /** @param onlyLoops whether the launch consists of loop nests */
  workgroupSize: (kernel: GpuKernel, profile: AdapterProfile, onlyLoops: boolean): number =>
    loopWorkgroupSize(asLoop(plainKernel(kernel)), profile, onlyLoops),
  invocations: (kernel: GpuKernel, profile: AdapterProfile): number =>
    loopInvocations(asLoop(plainKernel(kernel)), profile),
  print: (kernel: GpuKernel, context: ShaderContext): KernelCode =>
    printLoop(asLoop(plainKernel(kernel)), context),
};

import type { AdapterProfile } from "../adapter_table.ts";
import { conv2dAsLoop } from "./conv2d.ts";
import { conv2dPixelsWorkgroupSize, printConv2dPixels } from "./conv2d_pixels.ts";
import { conv2dWeightWorkgroupSize, printConv2dWeight } from "./conv2d_weight.ts";
import type { GpuKernel, GpuKernelKind } from "./gpu_kernel.ts";
import type { KernelCode, ShaderContext } from "./kernel_code.ts";
import { loopWorkgroupSize, printLoop } from "./loop.ts";
import { printMatmul } from "./matmul.ts";

/** How one kind of kernel becomes WGSL. */
interface KernelRow<Kind extends GpuKernelKind> {
  /** Invocations per workgroup that suit it. */
  readonly workgroupSize: (
    kernel: Extract<GpuKernel, { kind: Kind }>,
    profile: AdapterProfile,
  ) => number;
  readonly print: (
    kernel: Extract<GpuKernel, { kind: Kind }>,
    context: ShaderContext,
  ) => KernelCode;
}

/** One row for each kind of kernel. */
const rows: { readonly [Kind in GpuKernelKind]: KernelRow<Kind> } = {
  loop: { workgroupSize: loopWorkgroupSize, print: printLoop },
  matmul: { workgroupSize: (_, { matmulWorkgroup }) => matmulWorkgroup, print: printMatmul },
  conv2d: {
    workgroupSize: (kernel, profile) => loopWorkgroupSize(conv2dAsLoop(kernel), profile),
    print: (kernel, context) => printLoop(conv2dAsLoop(kernel), context),
  },
  conv2dPixels: { workgroupSize: conv2dPixelsWorkgroupSize, print: printConv2dPixels },
  conv2dPacking: {
    // few invocations, so that it never widens the workgroups of what it rides with
    workgroupSize: (_, { conv2dWorkgroup }) => conv2dWorkgroup.least,
    print: ({ loop }, context) => printLoop(loop, context),
  },
  conv2dWeight: { workgroupSize: conv2dWeightWorkgroupSize, print: printConv2dWeight },
};

/** A kernel of some kind, in the form in which its row can be looked up. */
type KernelOf<Kind extends GpuKernelKind> =
  & Extract<GpuKernel, { kind: Kind }>
  & { readonly kind: Kind };

/** Prints any kernel into a shader. */
export function printKernel<Kind extends GpuKernelKind>(
  kernel: KernelOf<Kind>,
  context: ShaderContext,
): KernelCode {
  return rows[kernel.kind].print(kernel, context);
}

/** Invocations per workgroup that suit any kernel. */
export function workgroupSizeFor<Kind extends GpuKernelKind>(
  kernel: KernelOf<Kind>,
  profile: AdapterProfile,
): number {
  return rows[kernel.kind].workgroupSize(kernel, profile);
}

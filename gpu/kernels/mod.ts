import { asLoop, type KernelKind } from "../../graph/kernel.ts";
import type { AdapterProfile } from "../adapter_profile.ts";
import {
  conv2dPixelsInvocations,
  conv2dPixelsWorkgroupSize,
  printConv2dPixels,
} from "./conv2d/pixels.ts";
import {
  conv2dWeightInvocations,
  conv2dWeightWorkgroupSize,
  printConv2dWeight,
} from "./conv2d/weight.ts";
import {
  conv2dWeightProductInvocations,
  conv2dWeightProductWorkgroupSize,
  printConv2dWeightProduct,
} from "./conv2d/weight_product.ts";
import { type GpuKernel, type GpuKernelKind, plainKernel } from "./gpu_kernel.ts";
import type { KernelCode, ShaderContext } from "./kernel_code.ts";
import { loopInvocations, loopWorkgroupSize, printLoop } from "./loops/loop.ts";
import {
  printScatterLists,
  scatterListsInvocations,
  scatterListsWorkgroupSize,
} from "./scatter/lists.ts";
import {
  printScatterSums,
  scatterSumsInvocations,
  scatterSumsWorkgroupSize,
} from "./scatter/sums.ts";
import { matmulInvocations, matmulWorkgroupSize, printMatmul } from "./matmul/matmul.ts";

/** How to print one kind of kernel as WGSL. */
interface KernelRow<Kind extends GpuKernelKind> {
  /**
   * Chooses the number of invocations per workgroup.
   * @param alone whether the kernel has a launch to itself
   */
  readonly workgroupSize: (
    kernel: Extract<GpuKernel, { kind: Kind }>,
    profile: AdapterProfile,
    alone: boolean,
  ) => number;
  /** Counts the invocations that it takes to compute the kernel. */
  readonly invocations: (
    kernel: Extract<GpuKernel, { kind: Kind }>,
    profile: AdapterProfile,
  ) => number;
  readonly print: (
    kernel: Extract<GpuKernel, { kind: Kind }>,
    context: ShaderContext,
  ) => KernelCode;
}

type KernelRows = { readonly [Kind in GpuKernelKind]?: KernelRow<Kind> };

/** Kernels that only this backend has must have a row. */
type RequiredRows = Required<Omit<KernelRows, KernelKind>>;

/** Kernels with a specialized printer. Other kernels of a plan are printed as their loop form. */
const rows: KernelRows & RequiredRows = {
  matmul: {
    workgroupSize: matmulWorkgroupSize,
    invocations: matmulInvocations,
    print: printMatmul,
  },
  scatterLists: {
    workgroupSize: scatterListsWorkgroupSize,
    invocations: scatterListsInvocations,
    print: printScatterLists,
  },
  scatterSums: {
    workgroupSize: scatterSumsWorkgroupSize,
    invocations: scatterSumsInvocations,
    print: printScatterSums,
  },
  conv2dPixels: {
    workgroupSize: conv2dPixelsWorkgroupSize,
    invocations: conv2dPixelsInvocations,
    print: printConv2dPixels,
  },
  conv2dPacking: {
    // The smallest size, so that it never enlarges the workgroups of a kernel launched with it.
    workgroupSize: (_, { conv2dWorkgroup }) => conv2dWorkgroup.least,
    invocations: ({ loop }, profile) => loopInvocations(loop, profile),
    print: ({ loop }, context) => printLoop(loop, context),
  },
  conv2dWeight: {
    workgroupSize: conv2dWeightWorkgroupSize,
    invocations: conv2dWeightInvocations,
    print: printConv2dWeight,
  },
  conv2dWeightProduct: {
    workgroupSize: conv2dWeightProductWorkgroupSize,
    invocations: conv2dWeightProductInvocations,
    print: printConv2dWeightProduct,
  },
};

/** A kernel of one kind, typed so that its row can be looked up. */
type KernelOf<Kind extends GpuKernelKind> =
  & Extract<GpuKernel, { kind: Kind }>
  & { readonly kind: Kind };

function rowOf<Kind extends GpuKernelKind>({ kind }: KernelOf<Kind>): KernelRow<Kind> | undefined {
  const optional: KernelRows = rows;
  return optional[kind];
}

/** Whether a kernel is printed as a loop nest, and so fits any workgroup size. */
export function isLoop(kernel: GpuKernel): boolean {
  return rowOf(kernel) === undefined;
}

/** Whether workgroups larger than a kernel asks for are as good: then it fits beside others. */
export function fitsLargerWorkgroups({ kind }: GpuKernel): boolean {
  return kind === "conv2dWeight" || kind === "conv2dWeightProduct" || kind === "conv2dPacking";
}

/** Counts the invocations that it takes to compute any kernel. */
export function invocationsOf<Kind extends GpuKernelKind>(
  kernel: KernelOf<Kind>,
  profile: AdapterProfile,
): number {
  const row = rowOf(kernel);
  return row
    ? row.invocations(kernel, profile)
    : loopInvocations(asLoop(plainKernel(kernel)), profile);
}

/** Prints any kernel into a shader. */
export function printKernel<Kind extends GpuKernelKind>(
  kernel: KernelOf<Kind>,
  context: ShaderContext,
): KernelCode {
  const row = rowOf(kernel);
  return row ? row.print(kernel, context) : printLoop(asLoop(plainKernel(kernel)), context);
}

/** Chooses the number of invocations per workgroup of a launch. */
export function workgroupSizeOf(kernels: readonly GpuKernel[], profile: AdapterProfile): number {
  const company = {
    alone: kernels.length === 1,
    onlyLoops: kernels.every(isLoop),
  };
  return Math.max(...kernels.map((kernel) => workgroupSizeFor(kernel, profile, company)));
}

function workgroupSizeFor<Kind extends GpuKernelKind>(
  kernel: KernelOf<Kind>,
  profile: AdapterProfile,
  { alone, onlyLoops }: { readonly alone: boolean; readonly onlyLoops: boolean },
): number {
  const row = rowOf(kernel);
  return row
    ? row.workgroupSize(kernel, profile, alone)
    : loopWorkgroupSize(asLoop(plainKernel(kernel)), profile, onlyLoops);
}

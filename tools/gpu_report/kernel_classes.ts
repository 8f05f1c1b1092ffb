/**
 * Kinds of kernels, their sizes, and the share of multiply-adds to expect of their code.
 * @module
 */
import type { AdapterProfile } from "../../gpu/adapter_profile.ts";
import type { GpuKernel } from "../../gpu/kernels/gpu_kernel.ts";
import { isCooperative } from "../../gpu/kernels/matmul/cooperative.ts";
import { operandForm } from "../../gpu/kernels/matmul/operand.ts";
import {
  type Conv2dKernel,
  conv2dSpace,
  elementCount,
  type Kernel,
  type MatmulKernel,
} from "../../graph/mod.ts";

/** What to expect of the hottest loop of a kernel. */
export interface ShareRow {
  /** The lowest share of multiply-adds among its instructions, in percent, on AMD's GPUs. */
  readonly floor: number;
  /** The same on Intel's DG2, which has half the registers. */
  readonly dg2: number;
  /** The share to reach, in percent. A floor that reaches it stays there. */
  readonly target: number;
  /** The floor on NVIDIA's GPUs, where there is one. */
  readonly nvidia?: number;
}

/**
 * Kinds of kernels that spend their time in multiply-adds. Floors are what every compiled family
 * reaches today, so that a change that makes code worse fails. Raise them when code gets better.
 */
export const shares = {
  "product in workgroup memory": { floor: 74, dg2: 59, target: 70, nvidia: 80 },
  "product in registers": { floor: 70, dg2: 61, target: 70, nvidia: 80 },
  "product in registers, unaligned": { floor: 71, dg2: 59, target: 70, nvidia: 80 },
  "conv forward": { floor: 77, dg2: 60, target: 72 },
  "conv forward, strided": { floor: 73, dg2: 62, target: 72 },
  "conv forward, small": { floor: 73, dg2: 62, target: 72 },
  "conv input gradient": { floor: 77, dg2: 67, target: 72 },
  "conv input gradient, strided": { floor: 78, dg2: 61, target: 72 },
  "conv input gradient, small": { floor: 73, dg2: 62, target: 72 },
  "conv weight gradient": { floor: 73, dg2: 58, target: 70 },
  "conv weight gradient, strided": { floor: 70, dg2: 55, target: 70 },
  "conv weight gradient, small": { floor: 71, dg2: 55, target: 70 },
} as const satisfies Readonly<Record<string, ShareRow>>;

/** A kind of kernel with heavy arithmetic. */
export type HeavyClass = keyof typeof shares;

/** A kind of kernel. Loops and scatters have no floor: memory limits them. */
export type KernelClass = HeavyClass | "conv as a loop" | "loop" | "scatter";

/** Convolutions with fewer operations are small: they get smaller tiles. */
const SMALL_FLOPS = 0.25e9;

/**
 * Classifies a kernel of the WebGPU backend.
 * @param alone whether it has a launch to itself
 */
export function kernelClassOf(
  kernel: GpuKernel,
  profile: AdapterProfile,
  alone: boolean,
): KernelClass {
  switch (kernel.kind) {
    case "loop":
    case "conv2dPacking":
      return "loop";
    case "scatter":
    case "scatterLists":
    case "scatterSums":
      return "scatter";
    case "matmul":
      if (alone && isCooperative(kernel, profile)) return "product in workgroup memory";
      return isUnaligned(kernel) ? "product in registers, unaligned" : "product in registers";
    case "conv2d":
      return "conv as a loop";
    case "conv2dPixels":
    case "conv2dWeight":
    case "conv2dWeightProduct":
      return convClassOf(kernel.conv);
  }
}

/** Whether the rows of neither operand begin at multiples of four elements. */
function isUnaligned(kernel: MatmulKernel): boolean {
  return operandForm(kernel, "a").fours === "none" && operandForm(kernel, "b").fours === "none";
}

const roles = {
  forward: "conv forward",
  inputGradient: "conv input gradient",
  weightGradient: "conv weight gradient",
} as const;

function convClassOf(conv: Conv2dKernel): KernelClass {
  const role = roles[conv.role];
  if (flopsOf(conv) < SMALL_FLOPS) return `${role}, small`;
  return conv.sizes.stride.some((step) => step > 1) ? `${role}, strided` : role;
}

/** Whether a kind of kernel has a floor. */
export function isHeavy(kernelClass: KernelClass): kernelClass is HeavyClass {
  return kernelClass in shares;
}

/** Operations of a product or a convolution; 0 for a loop. */
export function flopsOf(kernel: Kernel): number {
  switch (kernel.kind) {
    case "loop":
    case "scatter":
      return 0;
    case "matmul":
      return 2 * elementCount(kernel.batch) * kernel.m * kernel.n * kernel.k;
    case "conv2d":
      return conv2dFlops(kernel);
  }
}

/** The same for all three roles: each result element of forward meets each weight of its filter. */
function conv2dFlops({ sizes }: Conv2dKernel): number {
  const { n, outHeight, outWidth } = sizes;
  const weights = elementCount(conv2dSpace({ role: "weightGradient", sizes }));
  return 2 * n * outHeight * outWidth * weights;
}

/** The kind of a kernel and its sizes, for example `loop 16 over 128x32x32`. */
export function describeKernel(kernel: Kernel): string {
  switch (kernel.kind) {
    case "loop":
      return describeLoop(kernel);
    case "matmul":
      return describeProduct(kernel);
    case "conv2d":
      return describeConv2d(kernel);
    case "scatter":
      return `scatter ${kernel.terms}x${kernel.columns} to ${kernel.rows}`;
  }
}

function describeLoop({ outer, inner }: Extract<Kernel, { kind: "loop" }>): string {
  const over = inner.length > 0 ? ` over ${inner.join("x")}` : "";
  return `loop ${outer.join("x") || "1"}${over}`;
}

function describeProduct({ batch, m, k, n, a, b }: MatmulKernel): string {
  const layout = [a, b].map(({ columnStride }) => columnStride === 1 ? "N" : "T").join("");
  return `product ${[...batch, m].join("x")}x${k}x${n} ${layout}`;
}

function describeConv2d({ role, sizes }: Conv2dKernel): string {
  const { n, c, h, w, o, kernelHeight, kernelWidth, stride, groups } = sizes;
  const strided = stride.some((step) => step > 1) ? ` stride ${stride.join("x")}` : "";
  const grouped = groups > 1 ? ` groups ${groups}` : "";
  const window = `${kernelHeight}x${kernelWidth}${strided}${grouped}`;
  return `${roles[role]} ${c}>${o} ${h}x${w} n${n} ${window}`;
}

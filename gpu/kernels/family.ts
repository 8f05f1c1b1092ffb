import type { Conv2dKernel, Kernel, MatmulKernel, ScatterKernel } from "../../graph/kernel.ts";
import type { AdapterProfile } from "../adapter_profile.ts";
import type { ElementaryFunctions } from "../wgsl/functions.ts";
import type { GpuKernel, GpuKernelKind } from "./gpu_kernel.ts";
import type { KernelCode, ShaderContext } from "./kernel_code.ts";
import type { Scratch, Stages } from "./stages.ts";

/** A kernel of one kind, typed so that its row can be looked up. */
export type GpuKernelOf<Kind extends GpuKernelKind> =
  & Extract<GpuKernel, { kind: Kind }>
  & { readonly kind: Kind };

/** How to print one kind of kernel as WGSL. */
export interface KernelRow<Kind extends GpuKernelKind> {
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

/** Rows by the kind of kernel. Kernels without one are printed as their loop form. */
export type KernelRows = { readonly [Kind in GpuKernelKind]?: KernelRow<Kind> };

type FamilyKernels = MatmulKernel | Conv2dKernel | ScatterKernel;

/** The kinds of a plan's kernels that have a family. */
export type FamilyName = FamilyKernels["kind"];

/** A kernel of a plan, typed so that its family can be looked up. */
export type FamilyKernel<Name extends FamilyName> =
  & Extract<FamilyKernels, { kind: Name }>
  & { readonly kind: Name };

/** The kinds of a family that only this backend has. Their names start with that of the family. */
type OwnKind<Name extends FamilyName> = Exclude<
  Extract<GpuKernelKind, `${Name}${string}`>,
  Kernel["kind"]
>;

/** Everything that the backend knows of one kind of a plan's kernels. */
export interface KernelFamily<Name extends FamilyName> {
  /** Splits a kernel into kernels of the backend, each of which must have a row. */
  readonly stages: (
    kernel: FamilyKernel<Name>,
    profile: AdapterProfile,
    scratch: Scratch,
  ) => Stages;
  readonly rows: KernelRows & Required<Pick<KernelRows, OwnKind<Name>>>;
  /** Whether any stage of a kernel may be printed as a loop nest. */
  readonly printsLoops: (kernel: FamilyKernel<Name>, profile: AdapterProfile) => boolean;
}

/** The families that a plan needs. */
export type Families = { readonly [Name in FamilyName]?: KernelFamily<Name> };

/** The parts of the code generator that a plan needs. */
export interface KernelParts {
  readonly families: Families;
  readonly functions: ElementaryFunctions;
  /** What prints loop nests; `undefined` if no kernel is printed as one. */
  readonly loops: LoopParts | undefined;
}

/** What prints loop nests. */
export type LoopParts = typeof import("../loop_parts.ts");

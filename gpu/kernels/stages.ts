import type { PlanLoop, Slot } from "../../graph/plan.ts";
import type { GpuKernel } from "./gpu_kernel.ts";

/** The stages of a kernel: the kernel itself, and optionally one kernel before and one after it. */
export interface Stages {
  /** Reads only the slot `source`. */
  readonly before?: { readonly kernel: GpuKernel; readonly source: number };
  readonly main: GpuKernel;
  readonly after?: GpuKernel;
}

/** Allocates a slot for the given number of elements. Default type: `f32`. */
export type Scratch = (elements: number, dtype?: "f32" | "i32") => number;

/** A plan with the auxiliary kernels and scratch memory that this backend adds. */
export interface StagedPlan {
  readonly slots: readonly Slot[];
  readonly memories: readonly number[];
  /** The dispatches, in order. The kernels within each are independent. */
  readonly dispatches: readonly { readonly kernels: readonly GpuKernel[] }[];
  /** Which of the dispatches run several times: the outermost loops, in order. */
  readonly loops: readonly PlanLoop[];
}

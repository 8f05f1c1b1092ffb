import { areDisjoint } from "../graph/collections.ts";
import { slotsReadBy, slotsWrittenBy } from "../graph/kernel.ts";
import type { Slot } from "../graph/plan.ts";
import { type GpuKernel, plainKernel } from "./kernels/gpu_kernel.ts";

/** The memory that kernels use: numbers of external slots, and of memories below 0. */
export interface MemoryUse {
  readonly read: ReadonlySet<number>;
  readonly written: ReadonlySet<number>;
}

/** The memory that kernels use together. */
export function memoryUseOf(gpuKernels: readonly GpuKernel[], slots: readonly Slot[]): MemoryUse {
  const place = (number: number): number => {
    const slot = slots[number];
    if (slot?.kind === "window") return place(slot.base);
    return slot?.kind === "temporary" ? -1 - slot.memory : number;
  };
  const kernels = gpuKernels.map(plainKernel);
  return {
    read: new Set(kernels.flatMap((kernel) => [...slotsReadBy(kernel)].map(place))),
    written: new Set(kernels.flatMap((kernel) => [...slotsWrittenBy(kernel)].map(place))),
  };
}

/** Whether neither writes what the other uses. */
export function areIndependent(a: MemoryUse, b: MemoryUse): boolean {
  return areDisjoint(a.written, b.written) && areDisjoint(a.written, b.read) &&
    areDisjoint(a.read, b.written);
}

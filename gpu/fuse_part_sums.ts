import { areDisjoint, union } from "../graph/collections.ts";
import type { LoopKernel } from "../graph/kernel.ts";
import type { Slot } from "../graph/plan.ts";
import type { AdapterProfile } from "./adapter_profile.ts";
import type { GpuKernel } from "./kernels/gpu_kernel.ts";
import { fuseParts } from "./kernels/loops/fuse_parts.ts";
import { loopInvocations } from "./kernels/loops/loop.ts";
import type { StagedPlan } from "./kernels/stages.ts";
import { areIndependent, type MemoryUse, memoryUseOf } from "./memory_use.ts";

type Dispatches = StagedPlan["dispatches"];

/** What fusing depends on besides the kernels. */
export interface FuseContext {
  readonly slots: readonly Slot[];
  readonly profile: AdapterProfile;
  /** Most buffers that one kernel accesses. */
  readonly mostBuffers: number;
}

/** A reduction has at least this share of the invocations that occupy the adapter. */
const LEAST_SHARE = 1 / 4;

/**
 * Fuses kernels that add parts into a reduction of the next dispatch that reads their result, which
 * saves a launch. The reduction of a matrix over its rows, for example, runs on fewer invocations
 * than the addition of its parts would, so it must have enough of them.
 */
export function fusePartSums(dispatches: Dispatches, context: FuseContext): Dispatches {
  const fused: { readonly kernels: readonly GpuKernel[] }[] = [];
  for (const { kernels } of dispatches) {
    let next = kernels;
    const before = fused.pop()?.kernels ?? [];
    const left = before.filter((kernel) => {
      const moved = kernel.kind === "loop" && moveInto(next, kernel, context);
      if (moved) next = moved;
      return !moved;
    });
    if (left.length > 0) fused.push({ kernels: left });
    fused.push({ kernels: next });
  }
  return fused;
}

/** The kernels of a dispatch with `parts` fused into one of them, if that is possible. */
function moveInto(
  kernels: readonly GpuKernel[],
  parts: LoopKernel,
  context: FuseContext,
): readonly GpuKernel[] | undefined {
  const { slots } = context;
  const use = memoryUseOf([parts], slots);
  const dependent = kernels.filter((kernel) => !areIndependent(use, memoryUseOf([kernel], slots)));
  const [reduction, ...others] = dependent;
  if (reduction?.kind !== "loop" || others.length > 0) return undefined;
  const fused = keepsMemory(use, memoryUseOf([reduction], slots))
    ? fuseParts(parts, reduction)
    : undefined;
  return fused && isWorthwhile(fused, context)
    ? kernels.map((kernel) => kernel === reduction ? fused : kernel)
    : undefined;
}

/** Whether the reduction writes nothing that the sum of parts uses, as its temporaries could. */
function keepsMemory(parts: MemoryUse, reduction: MemoryUse): boolean {
  return areDisjoint(reduction.written, parts.read) &&
    areDisjoint(reduction.written, parts.written);
}

function isWorthwhile(fused: LoopKernel, { slots, profile, mostBuffers }: FuseContext): boolean {
  const { read, written } = memoryUseOf([fused], slots);
  return union(read, written).size <= mostBuffers &&
    loopInvocations(fused, profile) >= LEAST_SHARE * profile.parallelInvocations;
}

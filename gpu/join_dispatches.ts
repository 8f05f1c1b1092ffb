import { union } from "../graph/collections.ts";
import type { Slot } from "../graph/plan.ts";
import { mapSections } from "../graph/plan_sections.ts";
import type { GpuKernel } from "./kernels/gpu_kernel.ts";
import { fitsLargerWorkgroups, type KernelTable } from "./kernels/mod.ts";
import type { StagedPlan } from "./kernels/stages.ts";
import { areIndependent, type MemoryUse, memoryUseOf } from "./memory_use.ts";

/** Kernels that run at the same time. */
interface Joined {
  readonly kernels: readonly GpuKernel[];
  readonly use: MemoryUse;
  readonly invocations: number;
}

/**
 * Joins each dispatch with the one before if they are independent and one of them is too small to
 * occupy the adapter. There is a barrier between dispatches, so a small one leaves most of the
 * adapter idle. Sums of parts are fused into the reductions that read them first.
 * @param mostBuffers maximum number of buffers that one kernel accesses
 */
export function joinDispatches(
  plan: StagedPlan,
  table: KernelTable,
  mostBuffers: number,
): StagedPlan {
  if (!table.profile.joinsDispatches) return plan;
  const { slots } = plan;
  const join = (dispatches: StagedPlan["dispatches"]) =>
    joinAdjacent(table.fusePartSums(dispatches, { slots, mostBuffers }), slots, table);
  return { ...plan, ...mapSections(plan, join) };
}

/** Joins dispatches that run equally often. */
function joinAdjacent(
  dispatches: StagedPlan["dispatches"],
  slots: readonly Slot[],
  table: KernelTable,
): Joined[] {
  const joined: Joined[] = [];
  for (const { kernels } of dispatches) {
    const next = {
      kernels,
      use: memoryUseOf(kernels, slots),
      invocations: kernels.reduce((sum, kernel) => sum + table.invocationsOf(kernel), 0),
    };
    const last = joined.at(-1);
    if (last && areIndependent(last.use, next.use) && fitsBeside(last, next, table)) {
      joined.splice(-1, 1, together(last, next));
    } else joined.push(next);
  }
  return joined;
}

/** Most buffers of a joined launch: more would not fit in the scalar registers of some GPUs. */
const MOST_BUFFERS = 32;

/** A loop with at most this share of the invocations that occupy the adapter fits any launch. */
const TINY = 1 / 16;

/** Whether joining occupies the adapter better, and no large kernel loses its workgroup size. */
function fitsBeside(a: Joined, b: Joined, table: KernelTable): boolean {
  const { profile } = table;
  const areLoops = (kernels: readonly GpuKernel[]) => kernels.every((each) => table.isLoop(each));
  if (Math.min(a.invocations, b.invocations) > profile.parallelInvocations) return false;
  if (union(buffersOf(a), buffersOf(b)).size > MOST_BUFFERS) return false;
  const kernels = [...a.kernels, ...b.kernels];
  if (areLoops(kernels)) return true;
  const size = table.workgroupSizeOf(kernels);
  return [a, b].every((part) =>
    table.workgroupSizeOf(part.kernels) === size || part.kernels.every(fitsLargerWorkgroups) ||
    areLoops(part.kernels) && part.invocations <= TINY * profile.parallelInvocations
  );
}

function buffersOf({ use: { read, written } }: Joined): ReadonlySet<number> {
  return union(read, written);
}

function together(a: Joined, b: Joined): Joined {
  return {
    kernels: [...a.kernels, ...b.kernels],
    use: {
      read: union(a.use.read, b.use.read),
      written: union(a.use.written, b.use.written),
    },
    invocations: a.invocations + b.invocations,
  };
}

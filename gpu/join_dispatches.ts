import { areDisjoint, union } from "../graph/collections.ts";
import { slotsReadBy, slotsWrittenBy } from "../graph/kernel.ts";
import type { PlanLoop, Slot } from "../graph/plan.ts";
import { type GpuKernel, plainKernel } from "./kernels/gpu_kernel.ts";
import { fitsLargerWorkgroups, type KernelTable } from "./kernels/mod.ts";
import type { StagedPlan } from "./kernels/stages.ts";

/** The memory that kernels use: numbers of external slots, and of memories below 0. */
interface Use {
  readonly read: ReadonlySet<number>;
  readonly written: ReadonlySet<number>;
}

/** Kernels that run at the same time. */
interface Joined {
  readonly kernels: readonly GpuKernel[];
  readonly use: Use;
  readonly invocations: number;
}

/**
 * Joins each dispatch with the one before if they are independent and one of them is too small to
 * occupy the adapter. There is a barrier between dispatches, so a small one leaves most of the
 * adapter idle.
 */
export function joinDispatches(plan: StagedPlan, table: KernelTable): StagedPlan {
  if (!table.profile.joinsDispatches) return plan;
  const joined: Joined[] = [];
  const loops: PlanLoop[] = [];
  let from = 0;
  for (const { from: first, to, ...loop } of plan.loops) {
    joined.push(...joinAdjacent(plan.dispatches.slice(from, first), plan.slots, table));
    const start = joined.length;
    joined.push(...joinAdjacent(plan.dispatches.slice(first, to), plan.slots, table));
    loops.push({ ...loop, from: start, to: joined.length });
    from = to;
  }
  joined.push(...joinAdjacent(plan.dispatches.slice(from), plan.slots, table));
  return { ...plan, dispatches: joined, loops };
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
      use: useOf(kernels, slots),
      invocations: kernels.reduce((sum, kernel) => sum + table.invocationsOf(kernel), 0),
    };
    const last = joined.at(-1);
    if (last && areIndependent(last.use, next.use) && fitsBeside(last, next, table)) {
      joined.splice(-1, 1, join(last, next));
    } else joined.push(next);
  }
  return joined;
}

function useOf(gpuKernels: readonly GpuKernel[], slots: readonly Slot[]): Use {
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

function areIndependent(a: Use, b: Use): boolean {
  return areDisjoint(a.written, b.written) && areDisjoint(a.written, b.read) &&
    areDisjoint(a.read, b.written);
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

function join(a: Joined, b: Joined): Joined {
  return {
    kernels: [...a.kernels, ...b.kernels],
    use: {
      read: union(a.use.read, b.use.read),
      written: union(a.use.written, b.use.written),
    },
    invocations: a.invocations + b.invocations,
  };
}

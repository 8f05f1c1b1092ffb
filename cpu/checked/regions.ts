/** The parts of memory that a kernel may touch, and the addresses that stand for them. */
import { type Kernel, slotsReadBy, slotsWrittenBy } from "../../graph/kernel.ts";
import { DeviceError } from "../../graph/errors.ts";
import type { Plan } from "../../graph/plan.ts";
import { byteLength } from "../../graph/types.ts";

/** A part of memory. */
export interface Region {
  /** The slot that it is; none for scratch memory. */
  readonly slot: number | undefined;
  readonly byteLength: number;
  readonly elementBytes: number;
  /** Whether the kernel has stores to it. */
  readonly writable: boolean;
  /** The address that stands for its beginning. */
  readonly address: number;
  /** Addresses so far before and behind it are still said to be meant for it. */
  readonly margin: number;
}

/** Regions begin here; less is no region's address. */
const FIRST = 2 ** 16;
/** Scratch memory lies above all slots, in the middle of the addresses from here on. */
const SCRATCH_FIRST = 2 ** 32 - 2 ** 30;
/** The address that stands for a thread's scratch memory. */
export const SCRATCH_ADDRESS = 2 ** 32 - 2 ** 29;
/** What lies between slots must be so long at least. */
const LEAST_GAP = 2 ** 16;

/** The slots of a kernel, spread as far from one another as 32 bits allow. */
function slotRegions(kernel: Kernel, { slots }: Pick<Plan, "slots">): Region[] {
  const written = slotsWrittenBy(kernel);
  const touched = [...new Set([...slotsReadBy(kernel), ...written])];
  const sizes = touched.map((slot) => Math.ceil(byteLength(slots[slot]!.type) / 64) * 64);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const room = SCRATCH_FIRST - FIRST - total;
  const gap = Math.floor(room / (touched.length + 1) / 64) * 64;
  if (gap < LEAST_GAP) {
    throw new DeviceError(
      `Cannot check "${kernel.label}" on cpu: its slots must leave room between them: ` +
        `current slots are ${touched.length} of ${total} bytes`,
    );
  }
  let address = FIRST;
  return touched.map((slot, i) => {
    const { type } = slots[slot]!;
    address += gap;
    const region: Region = {
      slot,
      byteLength: byteLength(type),
      elementBytes: type.dtype === "u8" ? 1 : 4,
      writable: written.has(slot),
      address,
      margin: gap / 2,
    };
    address += sizes[i]!;
    return region;
  });
}

/** All that a kernel may touch: its slots, then so much scratch memory. */
export function regionsOf(
  kernel: Kernel,
  plan: Pick<Plan, "slots">,
  scratchByteLength: number = 0,
): Region[] {
  return [...slotRegions(kernel, plan), scratchRegion(scratchByteLength)];
}

/** A thread's scratch memory, of which a kernel may use so much. */
function scratchRegion(byteLength: number): Region {
  return {
    slot: undefined,
    byteLength,
    elementBytes: 4,
    writable: true,
    address: SCRATCH_ADDRESS,
    margin: 2 ** 28,
  };
}

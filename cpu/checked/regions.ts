/** The parts of memory that a kernel may touch, and the addresses that stand for them. */
import { type Kernel, slotsReadBy, slotsWrittenBy } from "../../graph/kernel.ts";
import { DeviceError } from "../../graph/errors.ts";
import type { Plan } from "../../graph/plan.ts";
import { byteLength } from "../../graph/types.ts";
import type { ScratchPart } from "../wasm/guard.ts";

/** A part of memory. */
export interface Region {
  /** The slot that it is; none for a part of scratch memory. */
  readonly slot: number | undefined;
  /** The slot's label, or what the part is for. */
  readonly name: string;
  /** Where the part of scratch memory begins, in bytes; 0 for a slot. */
  readonly place: number;
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
/** Parts of scratch memory are so much further apart than they really are. */
export const SCRATCH_GAP = 2 ** 20;
/** What lies between slots must be so long at least. */
const LEAST_GAP = 2 ** 16;

/** The slots of a kernel, spread as far from one another as 32 bits allow. */
export function slotRegions(kernel: Kernel, { slots }: Pick<Plan, "slots">): Region[] {
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
    const { type, label } = slots[slot]!;
    address += gap;
    const region: Region = {
      slot,
      name: label,
      place: 0,
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

/** The parts of a thread's scratch memory. */
export function scratchRegions(parts: readonly ScratchPart[]): Region[] {
  return parts.map(({ name, place, offset, byteLength }) => ({
    slot: undefined,
    name,
    place,
    byteLength,
    elementBytes: 4,
    writable: true,
    address: SCRATCH_ADDRESS + offset,
    margin: SCRATCH_GAP / 2,
  }));
}

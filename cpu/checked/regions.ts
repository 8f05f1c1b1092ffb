/** The regions of memory that a kernel may access, and their virtual addresses. */
import { type Kernel, slotsReadBy, slotsWrittenBy } from "../../graph/kernel.ts";
import { DeviceError } from "../../graph/errors.ts";
import type { Plan } from "../../graph/plan.ts";
import { byteLength } from "../../graph/types.ts";
import { SCRATCH_ADDRESS } from "../runtime/layout.ts";
import type { ScratchPart } from "../wasm/guard.ts";

/** A slot, or a part of scratch memory. */
export interface Region {
  /** Number of the slot; `undefined` for a part of scratch memory. */
  readonly slot: number | undefined;
  /** Name of the part; `undefined` for a slot, whose label differs among equal plans. */
  readonly name: string | undefined;
  /** Byte offset of the part in scratch memory; 0 for a slot. */
  readonly place: number;
  readonly byteLength: number;
  readonly elementBytes: number;
  /** Whether the kernel may store to it. */
  readonly writable: boolean;
  /** Virtual address of its first byte. */
  readonly address: number;
  /** Addresses this many bytes before or after the region are attributed to it. */
  readonly margin: number;
}

/** Lowest virtual address of any region. */
const FIRST = 2 ** 16;
/** Virtual addresses from here on belong to scratch memory. */
const SCRATCH_FIRST = 2 ** 32 - 2 ** 30;
/** Bytes between the virtual addresses of adjacent parts of scratch memory. */
export const SCRATCH_GAP = 2 ** 20;
/** Fewest bytes between the virtual addresses of adjacent slots. */
const LEAST_GAP = 2 ** 16;

/** The slots of a kernel, spread over the virtual addresses. */
export function slotRegions(kernel: Kernel, { slots }: Pick<Plan, "slots">): Region[] {
  const written = slotsWrittenBy(kernel);
  const touched = [...new Set([...slotsReadBy(kernel), ...written])];
  const sizes = touched.map((slot) => Math.ceil(byteLength(slots[slot]!.type) / 64) * 64);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const room = SCRATCH_FIRST - FIRST - total;
  const gap = Math.floor(room / (touched.length + 1) / 64) * 64;
  if (gap < LEAST_GAP) {
    throw new DeviceError(
      `Cannot check "${kernel.label}" on cpu: checked mode needs 64 KiB between slots in 3 GiB: ` +
        `current slots are ${touched.length} of ${total} bytes together`,
    );
  }
  let address = FIRST;
  return touched.map((slot, i) => {
    const { type } = slots[slot]!;
    address += gap;
    const region: Region = {
      slot,
      name: undefined,
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

/** The parts of a thread's scratch memory, for a kernel with a label. */
export function scratchRegions(parts: readonly ScratchPart[], label: string): Region[] {
  const total = Math.max(0, ...parts.map(({ offset, byteLength }) => offset + byteLength));
  const room = 2 ** 32 - SCRATCH_ADDRESS - SCRATCH_GAP;
  if (total > room) {
    throw new DeviceError(
      `Cannot check "${label}" on cpu: checked mode has ${room} bytes for scratch memory with gaps: ` +
        `current scratch memory takes ${total} bytes`,
    );
  }
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

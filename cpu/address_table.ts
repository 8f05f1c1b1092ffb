/** The layout of a plan's table of addresses. */
import type { Plan, PlanLoop } from "../graph/plan.ts";

/** A loop of the plan, and the tables of its turns. */
export interface TableLoop extends PlanLoop {
  /** Number of the first entry of its first turn's table. */
  readonly firstEntry: number;
}

/**
 * The layout: the addresses of the slots by slot number, then the same for each turn of each loop,
 * whose windows move, and then the addresses of the threads' scratch memories. Kernels use the same
 * code everywhere; a loop gives them another table in each turn. No thread ever changes a table, so
 * all threads share them.
 */
export interface AddressTable {
  /** Entries of one table: the number of slots. */
  readonly slotCount: number;
  readonly loops: readonly TableLoop[];
  /** Number of the entry of the first thread's scratch memory. */
  readonly scratchEntry: number;
}

/** The layout of the addresses of a plan. */
export function addressTable({ slots, loops = [] }: Plan): AddressTable {
  const slotCount = slots.length;
  let next = slotCount;
  const placed = loops.map((loop) => {
    const firstEntry = next;
    next += loop.turns * slotCount;
    return { ...loop, firstEntry };
  });
  return { slotCount, loops: placed, scratchEntry: next };
}

/**
 * Writes the addresses of the slots, and those of all turns, to the table. `addressOf` is asked for
 * slots that are not windows.
 */
export function fillTable(
  table: Int32Array,
  plan: Plan,
  addressOf: (slot: number) => number,
): void {
  const { slotCount, loops } = addressTable(plan);
  const windows = plan.slots.flatMap((slot, i) =>
    slot.kind === "window" ? [[i, slot] as const] : []
  );
  for (let slot = 0; slot < slotCount; slot++) {
    const { kind } = plan.slots[slot]!;
    if (kind !== "window") table[slot] = addressOf(slot);
  }
  for (const { firstEntry, turns } of loops) {
    for (let turn = 0; turn < turns; turn++) {
      const first = firstEntry + turn * slotCount;
      table.copyWithin(first, 0, slotCount);
      for (const [i, { base, start, stride }] of windows) {
        table[first + i] = table[base]! + 4 * (start + turn * stride);
      }
    }
  }
}

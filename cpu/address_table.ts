/** The tables of addresses through which generated code finds its slots. */
import type { Plan } from "../graph/plan.ts";

/** Words of a cache line. */
const LINE = 16;

/**
 * The layout of a table: the addresses of the slots by slot number, then that of the thread's scratch
 * memory. Each thread has a table of its own, in which its code moves the windows of loops. Tables
 * fill cache lines, so that threads do not slow each other down.
 */
export interface AddressTable {
  /** Number of the entry of the scratch memory. */
  readonly scratchEntry: number;
  /** Entries from one thread's table to the next. */
  readonly stride: number;
}

/** The layout of a plan's tables. */
export function addressTable({ slots }: Pick<Plan, "slots">): AddressTable {
  const scratchEntry = slots.length;
  return { scratchEntry, stride: LINE * Math.ceil((scratchEntry + 1) / LINE) };
}

/** Writes the tables of all threads. Windows have no address yet: the code of their loops sets it. */
export function fillTables(
  tables: Int32Array,
  plan: Pick<Plan, "slots">,
  { addressOf, scratch }: {
    /** The address of a slot that is not a window. */
    readonly addressOf: (slot: number) => number;
    /** The address of the scratch memory of each thread, if there is any. */
    readonly scratch: readonly number[];
  },
): void {
  const { scratchEntry, stride } = addressTable(plan);
  plan.slots.forEach(({ kind }, slot) => {
    if (kind !== "window") tables[slot] = addressOf(slot);
  });
  for (let first = 0; first < tables.length; first += stride) {
    tables.copyWithin(first, 0, stride);
    tables[first + scratchEntry] = scratch[first / stride] ?? 0;
  }
}

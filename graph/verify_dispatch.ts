import { GraphError } from "./errors.ts";
import { type Kernel, slotsReadBy, slotsWrittenBy } from "./kernel.ts";
import type { Dispatch, Plan } from "./plan.ts";

/**
 * Checks that the kernels of a dispatch may run in any order: none reads or writes what another one
 * writes. A kernel may write a slot that it reads, but not one that only shares its memory.
 * @throws {GraphError} naming the kernel
 */
export function verifyDispatch({ kernels }: Dispatch, plan: Plan): void {
  const accesses = kernels.map((kernel) => accessOf(kernel, plan));
  const writers = new Map<string, Kernel>();
  for (const { kernel, writes } of accesses) {
    for (const place of writes.keys()) {
      if (writers.has(place)) refuse(kernel, "writes what another kernel of its dispatch writes");
      writers.set(place, kernel);
    }
  }
  for (const { kernel, all, writes } of accesses) {
    for (const [slot, place] of all) {
      const writer = writers.get(place);
      if (writer && writer !== kernel) {
        refuse(kernel, "reads what another kernel of its dispatch writes");
      }
      if (writer && !writes.get(place)!.has(slot)) {
        refuse(kernel, `overwrites "${plan.slots[slot]!.label}", which it also uses`);
      }
      if (writer && writes.get(place)!.size > 1) refuse(kernel, "writes two slots in one place");
    }
  }
}

interface Access {
  readonly kernel: Kernel;
  /** The place of each slot that the kernel reads or writes. */
  readonly all: ReadonlyMap<number, string>;
  /** The slots that it writes, by place. */
  readonly writes: ReadonlyMap<string, ReadonlySet<number>>;
}

function accessOf(kernel: Kernel, plan: Plan): Access {
  const writes = new Map<string, Set<number>>();
  for (const slot of slotsWrittenBy(kernel)) {
    const place = placeOf(slot, plan);
    const slots = writes.get(place) ?? new Set();
    writes.set(place, slots.add(slot));
  }
  const slots = [...slotsReadBy(kernel), ...slotsWrittenBy(kernel)];
  return { kernel, all: new Map(slots.map((slot) => [slot, placeOf(slot, plan)])), writes };
}

/** The memory that a slot is in: slots with equal places may overlap. */
function placeOf(number: number, plan: Plan): string {
  const slot = plan.slots[number]!;
  if (slot.kind === "window") return placeOf(slot.base, plan);
  return slot.kind === "temporary" ? `memory ${slot.memory}` : `slot ${number}`;
}

function refuse({ label }: Kernel, what: string): never {
  throw new GraphError(`Cannot accept kernel "${label}": it ${what}`);
}

import { GraphError } from "../../graph/errors.ts";
import type { Store } from "../../graph/kernel.ts";
import type { Printer } from "../wgsl/printer.ts";
import type { SlotAccess } from "../wgsl/slot_access.ts";

/**
 * Prints stores at the bound position, each inside `if (guard)` if there is a guard. All values are
 * computed before anything is stored, so loads see the previous contents. On a wide axis, every
 * index must be aligned (`canStoreWide`).
 */
export function printStores(
  printer: Printer,
  access: SlotAccess,
  { stores, wide, guard }: {
    readonly stores: readonly Store[];
    readonly wide: boolean;
    readonly guard?: string;
  },
): void {
  const lines = stores.map(({ slot, index, value }) => {
    if (!wide) return access.store(slot, printer.print(index).text, printer.print(value));
    return access.store(slot, `${printer.printFirst(index)} >> 2u`, printer.printWide(value));
  });
  for (const line of lines) printer.emit(guard === undefined ? line : `if (${guard}) { ${line} }`);
}

/** Checks that stores have the types of their slots and that no slot is u8. */
export function checkStores(label: string, stores: readonly Store[], access: SlotAccess): void {
  for (const { slot, value } of stores) {
    const type = access.typeOf(slot);
    if (type !== value.type || access.isPacked(slot)) {
      throw new GraphError(
        `Cannot print kernel "${label}": a store must have its slot's type, and u8 cannot be stored: ` +
          `current store is ${value.type} into ${access.isPacked(slot) ? "u8" : type}`,
      );
    }
  }
}

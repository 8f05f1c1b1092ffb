/** What generated code accesses, from the names of its instructions. */
import type { MemoryLaneOp, MemoryOp } from "../wasm/memory_opcodes.ts";
import type { ValueType } from "../wasm/types.ts";

/** One load or store. */
export interface MemoryAccess {
  /** Whether it loads or stores. */
  readonly kind: "load" | "store";
  /** Number of bytes accessed. */
  readonly bytes: number;
}

/** The access of a load or store. */
export function accessOf(name: MemoryOp | MemoryLaneOp): MemoryAccess {
  const [, type, kind, bits] = /^(\w+)\.(load|store)(\d+)?/.exec(name) ?? [];
  if (!type || (kind !== "load" && kind !== "store")) {
    throw new Error(`Internal: a kernel must only load and store: current instruction is ${name}`);
  }
  const width = bits ? Number(bits) : Number(type.slice(1));
  return { kind, bytes: width / 8 };
}

/** The type of the value above the address on the stack, if there is one. */
export function valueAbove(name: MemoryOp | MemoryLaneOp): ValueType | undefined {
  if (name.endsWith("_lane")) return "v128";
  return name.includes(".store") ? name.slice(0, name.indexOf(".")) as ValueType : undefined;
}

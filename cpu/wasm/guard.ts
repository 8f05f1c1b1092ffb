/** The hook through which generated code is checked: memory accesses and loops. */
import type { InstructionBuilder } from "./instruction_builder.ts";
import type { MemoryLaneOp, MemoryOp } from "./opcodes.ts";
import type { Local, ValueType } from "./types.ts";

/** One load or store. */
export interface MemoryAccess {
  /** Whether it loads or stores. */
  readonly kind: "load" | "store";
  /** Number of bytes accessed. */
  readonly bytes: number;
  /** Constant that is added to the address on the stack. */
  readonly byteOffset: number;
}

/** A part of a kernel's scratch memory. */
export interface ScratchPart {
  /** Name for error messages. */
  readonly name: string;
  /** Byte offset in memory, and in the addresses of guarded code. */
  readonly place: number;
  readonly offset: number;
  readonly byteLength: number;
}

/** Lanes that use elements outside a slot. */
export interface OutsideLanes {
  /** Entry of the table of addresses. */
  readonly entry: number;
  /** The element of each lane. */
  readonly indices: Local;
  /** Mask of the lanes. */
  readonly outside: Local;
}

/**
 * Adds checks to a function while it is built. Guarded code uses virtual addresses, which come from
 * `addressOf`; only the guard translates them to memory addresses.
 */
export interface Guard {
  /** Virtual address for an entry of the function's table of addresses. */
  addressOf(entry: number): number;
  /** Bytes to insert between parts of scratch memory. */
  readonly scratchGap: number;
  /** Registers a part of scratch memory. */
  addScratch(part: ScratchPart): void;
  /** Emits code that checks the address on the stack and translates it to a memory address. */
  access(f: InstructionBuilder, access: MemoryAccess): void;
  /** Emits the same for a fill of `byteLength` bytes. */
  fill(f: InstructionBuilder, byteLength: Local): void;
  /** Emits the same for a range of `byteLength` bytes that native code reads or writes. */
  span(f: InstructionBuilder, kind: "read" | "write", byteLength: Local): void;
  /** Emits code that reports lanes that use elements outside their slot. */
  outside(f: InstructionBuilder, lanes: OutsideLanes): void;
  /** Emits code that pops the expected number of iterations and compares it with `counted`. */
  turns(f: InstructionBuilder, counted: Local): void;
}

/** Emits the check of one instruction. The resulting address on the stack includes the offset. */
export function guardAccess(
  f: InstructionBuilder,
  guard: Guard,
  name: MemoryOp | MemoryLaneOp,
  byteOffset: number,
): void {
  const access = accessOf(name, byteOffset);
  const above = valueAbove(name);
  const value = above && f.local(above);
  if (value) f.set(value);
  guard.access(f, access);
  if (value) f.get(value);
}

/** Emits the check of a `memory.fill`; the stack holds destination, byte value, byte length. */
export function guardFill(f: InstructionBuilder, guard: Guard): void {
  const [value, byteLength] = f.locals("i32", 2);
  f.set(byteLength).set(value);
  guard.fill(f, byteLength);
  f.get(value, byteLength);
}

function accessOf(name: MemoryOp | MemoryLaneOp, byteOffset: number): MemoryAccess {
  const [, type, kind, bits] = /^(\w+)\.(load|store)(\d+)?/.exec(name) ?? [];
  if (!type || (kind !== "load" && kind !== "store")) {
    throw new Error(`Internal: a kernel must only load and store: current instruction is ${name}`);
  }
  const width = bits ? Number(bits) : Number(type.slice(1));
  return { kind, bytes: width / 8, byteOffset };
}

/** The type of the value above the address on the stack, if there is one. */
function valueAbove(name: MemoryOp | MemoryLaneOp): ValueType | undefined {
  if (name.endsWith("_lane")) return "v128";
  return name.includes(".store") ? name.slice(0, name.indexOf(".")) as ValueType : undefined;
}

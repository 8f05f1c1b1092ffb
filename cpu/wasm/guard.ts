/** What watches over generated code: every access to memory, and how often loops turn. */
import type { FunctionBuilder } from "./function_builder.ts";
import type { MemoryLaneOp, MemoryOp } from "./opcodes.ts";
import type { Local, ValueType } from "./types.ts";

/** One load or store. */
export interface MemoryAccess {
  /** Whether it reads or writes. */
  readonly kind: "load" | "store";
  /** How many bytes it touches. */
  readonly bytes: number;
  /** Constant that is added to the address on the stack. */
  readonly byteOffset: number;
}

/** A part of a kernel's scratch memory. */
export interface ScratchPart {
  /** For messages. */
  readonly name: string;
  /** Where it begins, in bytes, and where the kernel's code says that it does. */
  readonly place: number;
  readonly offset: number;
  readonly byteLength: number;
}

/** Lanes that use elements which are not there. */
export interface OutsideLanes {
  /** Entry of the table of addresses. */
  readonly entry: number;
  /** The element of each lane. */
  readonly indices: Local;
  /** Which lanes are meant, as a mask. */
  readonly outside: Local;
}

/**
 * Adds checks to a function while it is built. Addresses in guarded code are the guard's own:
 * they begin with `addressOf`, and only the guard turns them into places in memory.
 */
export interface Guard {
  /** The address that stands for an entry of the function's table of addresses. */
  addressOf(entry: number): number;
  /** Bytes that parts of scratch memory are further apart than they really are. */
  readonly scratchGap: number;
  /** Tells of a part of the scratch memory. */
  addScratch(part: ScratchPart): void;
  /** Emits code that replaces the address on the stack by a place in memory that may be accessed. */
  access(f: FunctionBuilder, access: MemoryAccess): void;
  /** The same for a range to be filled: replaces the address on the stack, given its length. */
  fill(f: FunctionBuilder, byteLength: Local): void;
  /** Emits code that says of lanes that they use what is outside an entry's memory. */
  outside(f: FunctionBuilder, lanes: OutsideLanes): void;
  /** Emits code that pops how often a loop must turn, and compares it with how often it did. */
  turns(f: FunctionBuilder, counted: Local): void;
}

/** Emits the checks of one instruction; what the stack then holds needs no offset. */
export function guardAccess(
  f: FunctionBuilder,
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

/** Emits the checks of a `memory.fill`; the stack holds destination, byte value, byte length. */
export function guardFill(f: FunctionBuilder, guard: Guard): void {
  const [value, byteLength] = [f.local("i32"), f.local("i32")];
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

/** The type of the value that lies above the address on the stack. */
function valueAbove(name: MemoryOp | MemoryLaneOp): ValueType | undefined {
  if (name.endsWith("_lane")) return "v128";
  return name.includes(".store") ? name.slice(0, name.indexOf(".")) as ValueType : undefined;
}

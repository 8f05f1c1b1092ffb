/** The hook through which generated code is checked: memory accesses and loops. */
import type { InstructionBuilder } from "./instruction_builder.ts";
import type { MemoryLaneOp, MemoryOp } from "./memory_opcodes.ts";
import type { Local, Operand } from "./types.ts";

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
  /**
   * Emits the check of a load or store before the instruction, whose operands are on the stack. The
   * address becomes a memory address that includes the offset.
   */
  access(f: InstructionBuilder, name: MemoryOp | MemoryLaneOp, byteOffset: number): void;
  /** Emits the same for a `memory.fill`; the stack holds destination, byte value, byte length. */
  fill(f: InstructionBuilder): void;
  /** Emits the same for a range of `byteLength` bytes that native code reads or writes. */
  span(f: InstructionBuilder, kind: "read" | "write", byteLength: Local): void;
  /** Emits code that reports lanes that use elements outside their slot. */
  outside(f: InstructionBuilder, lanes: OutsideLanes): void;
  /**
   * Emits a loop that counts its iterations with what is passed to `loop`, and compares their number
   * with `turns`: a number, or code that pushes one.
   */
  counted(
    f: InstructionBuilder,
    turns: Operand | (() => void),
    loop: (count: () => void) => void,
  ): void;
}

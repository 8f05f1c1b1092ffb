/** Emits the body of one WebAssembly function, instruction by instruction. */

import type { Guard } from "./guard.ts";
import { InstructionBuilder } from "./instruction_builder.ts";
import {
  MEMORY_LANE_OPCODES,
  MEMORY_OPCODES,
  type MemoryLaneOp,
  type MemoryOp,
} from "./memory_opcodes.ts";
import type { Label, Local, Operand, ValueType } from "./types.ts";

export type { FunctionHandle, GlobalHandle, Label, Local, Operand, ValueType } from "./types.ts";

/** The opcode of a loop: branches to it jump back to its start. */
const LOOP = 0x03;

/**
 * Builds the body of a function for WebAssembly's stack machine. Every method appends one
 * instruction (or a short idiom) and returns the builder, so that a formula reads in execution
 * order:
 *
 *     f.get(x).get(y).op("f32.mul").f32(1).op("f32.add").set(z); // z = x·y + 1
 */
export class FunctionBuilder extends InstructionBuilder {
  /** Checks the function's memory accesses and loops, in checked mode. */
  readonly guard: Guard | undefined;

  /** Starts a body for the given parameter types. */
  constructor(params: readonly ValueType[], guard?: Guard) {
    super(params);
    this.guard = guard;
  }

  /**
   * Appends a load, store, or atomic at `address + byteOffset`. Operands are on the stack in the
   * specification's order: the address first, then values.
   */
  memory(name: MemoryOp, byteOffset: number = 0): this {
    this.guard?.access(this, name, byteOffset);
    return this.access(MEMORY_OPCODES[name], this.guard ? 0 : byteOffset);
  }

  /** Appends a one-lane load or store; the stack holds the address, then the vector. */
  memoryLane(name: MemoryLaneOp, lane: number, byteOffset: number = 0): this {
    this.guard?.access(this, name, byteOffset);
    return this.access(MEMORY_LANE_OPCODES[name], this.guard ? 0 : byteOffset).append(lane);
  }

  /** Pushes the address in one entry of a table of addresses. */
  address(table: Local, entry: number): this {
    if (this.guard) return this.i32(this.guard.addressOf(entry));
    return this.get(table).memory("i32.load", 4 * entry);
  }

  /** Appends `memory.fill`; the stack holds destination, byte value, byte length. */
  memoryFill(): this {
    this.guard?.fill(this);
    return this.append(0xfc, 11, 0);
  }

  /**
   * A loop block: branching to its label restarts it; otherwise it falls through. Guarded code must
   * use {@linkcode repeat}, {@linkcode walk}, or {@linkcode for}, whose iteration counts are known.
   */
  loop(body: (again: Label) => void, result?: ValueType): this {
    if (this.guard) {
      throw new Error("Internal: a kernel's loop must declare its number of iterations");
    }
    return this.structured(LOOP, body, result);
  }

  /**
   * A loop whose body pushes whether to continue. Guarded code checks that the number of iterations
   * is `turns` (a number, or code that pushes one).
   */
  repeat(turns: Operand | (() => void), body: () => void): this {
    const loop = (count = () => {}): this =>
      this.structured(LOOP, (again) => {
        body();
        count();
        this.brIf(again);
      }, undefined);
    if (!this.guard) return loop();
    this.guard.counted(this, turns, loop);
    return this;
  }

  /**
   * A loop with `turns` iterations, at least one, that advances an address by `byteLength` after
   * each. It stops at the end address, or counts iterations if the address does not move.
   */
  walk(
    address: Local,
    byteLength: number,
    { turns, end }: { turns: Operand; end: Local },
    body: () => void,
  ): this {
    if (byteLength === 0) return this.for(end, 0, turns, 1, body);
    this.get(address).push(turns).i32(byteLength).op("i32.mul", "i32.add").set(end);
    return this.repeat(turns, () => {
      body();
      this.get(address).i32(byteLength).op("i32.add").tee(address).get(end).op("i32.ne");
    });
  }

  /** Counts the i32 `i` from `from` while `i < to` (signed); tests before the first iteration. */
  for(i: Local, from: Operand, to: Operand, step: Operand, body: () => void): this {
    const turn = (): this =>
      this.structured(LOOP, (again) => {
        body();
        this.get(i).push(step).op("i32.add").tee(i).push(to);
        this.op("i32.lt_s").brIf(again);
      }, undefined);
    this.push(from).set(i);
    if (typeof from === "number" && typeof to === "number") {
      return from < to ? turn() : this;
    }
    return this.get(i).push(to).op("i32.lt_s").if(turn);
  }
}

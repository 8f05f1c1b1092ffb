/** Emits the body of one WebAssembly function, instruction by instruction. */

import {
  f32Bytes,
  f64Bytes,
  pushBytes,
  pushSigned,
  pushSigned64,
  pushUnsigned,
} from "./encoding.ts";
import { type Guard, guardAccess, guardFill } from "./guard.ts";
import {
  LANE_OPCODES,
  type LaneOp,
  MEMORY_LANE_OPCODES,
  MEMORY_OPCODES,
  type MemoryLaneOp,
  type MemoryOp,
  PLAIN,
  type PlainOp,
} from "./opcodes.ts";
import {
  type FunctionHandle,
  type GlobalHandle,
  type Label,
  type Local,
  type Operand,
  VALUE_TYPE_CODES,
  type ValueType,
} from "./types.ts";

export type { FunctionHandle, GlobalHandle, Label, Local, Operand, ValueType } from "./types.ts";

const EMPTY_BLOCK = 0x40;
const END = 0x0b;

/**
 * A stack machine's program under construction. Every method appends one
 * instruction (or a short idiom) and returns the builder, so that a formula
 * reads in the order it executes:
 *
 *     f.get(x).get(y).op("f32.mul").f32(1).op("f32.add").set(z); // z = x·y + 1
 */
export class FunctionBuilder {
  /** The function's parameters. */
  readonly params: readonly Local[];
  readonly #results: readonly ValueType[];
  /** What watches over the function, in checked mode. */
  readonly guard: Guard | undefined;
  readonly #locals: ValueType[] = [];
  readonly #code: number[] = [];
  #depth = 0;

  /** Starts a body for the given parameter and result types, which `guard` watches over. */
  constructor(params: readonly ValueType[], results: readonly ValueType[], guard?: Guard) {
    this.params = params.map((type, index) => ({ index, type }));
    this.#results = results;
    this.guard = guard;
  }

  /** Declares a local variable, zero at function entry. */
  local(type: ValueType): Local {
    this.#locals.push(type);
    return { index: this.params.length + this.#locals.length - 1, type };
  }

  /** Pushes one or more locals. */
  get(...locals: readonly Local[]): this {
    for (const local of locals) this.#indexed(0x20, local.index);
    return this;
  }

  /** Pops into a local. */
  set(local: Local): this {
    return this.#indexed(0x21, local.index);
  }

  /** Copies the top of the stack into a local. */
  tee(local: Local): this {
    return this.#indexed(0x22, local.index);
  }

  /** Pushes an i32 constant; unsigned 32-bit values are accepted too. */
  i32(value: number): this {
    this.#code.push(0x41);
    pushSigned(this.#code, value);
    return this;
  }

  /** Pushes an i64 constant. */
  i64(value: bigint): this {
    this.#code.push(0x42);
    pushSigned64(this.#code, value);
    return this;
  }

  /** Pushes an f32 constant. */
  f32(value: number): this {
    this.#code.push(0x43, ...f32Bytes(value));
    return this;
  }

  /** Pushes an f64 constant. */
  f64(value: number): this {
    this.#code.push(0x44, ...f64Bytes(value));
    return this;
  }

  /** Pushes a v128 constant of four f32 lanes; one value fills all lanes. */
  f32x4(x: number, y: number = x, z: number = x, w: number = x): this {
    return this.#v128(new Float32Array([x, y, z, w]));
  }

  /** Pushes a v128 constant of four i32 lanes; one value fills all lanes. */
  i32x4(x: number, y: number = x, z: number = x, w: number = x): this {
    return this.#v128(new Int32Array([x, y, z, w]));
  }

  /** Pushes an i32 operand, whether constant or local. */
  push(operand: Operand): this {
    return typeof operand === "number" ? this.i32(operand) : this.get(operand);
  }

  /** Appends instructions without immediates, by their text-format names. */
  op(...names: readonly PlainOp[]): this {
    for (const name of names) this.#opcode(PLAIN[name]);
    return this;
  }

  /** Appends an extract or replace of one lane. */
  lane(name: LaneOp, lane: number): this {
    this.#opcode(LANE_OPCODES[name]);
    this.#code.push(lane);
    return this;
  }

  /** Appends an `i8x16.shuffle`: byte i of the result is byte `lanes[i]` of the pair. */
  shuffle(lanes: readonly number[]): this {
    if (lanes.length !== 16 || lanes.some((l) => l < 0 || l > 31)) {
      throw new RangeError(
        `Cannot emit i8x16.shuffle: it takes 16 lanes from 0 to 31: current lanes are [${lanes}]`,
      );
    }
    this.#opcode(0xfd000d);
    pushBytes(this.#code, lanes);
    return this;
  }

  /** Shuffles 32-bit lanes: 0 to 3 come from the first vector, 4 to 7 from the second. */
  shuffle32(x: number, y: number, z: number, w: number): this {
    return this.shuffle(
      [x, y, z, w].flatMap((l) => [4 * l, 4 * l + 1, 4 * l + 2, 4 * l + 3]),
    );
  }

  /**
   * Appends a load, store or atomic at `address + byteOffset`. Operands lie on
   * the stack in the specification's order: the address first, then values.
   */
  memory(name: MemoryOp, byteOffset: number = 0): this {
    if (this.guard) guardAccess(this, this.guard, name, byteOffset);
    const [code, align] = MEMORY_OPCODES[name];
    return this.#opcode(code).#memarg(align, this.guard ? 0 : byteOffset);
  }

  /** Appends a one-lane load or store; the stack holds the address, then the vector. */
  memoryLane(name: MemoryLaneOp, lane: number, byteOffset: number = 0): this {
    if (this.guard) guardAccess(this, this.guard, name, byteOffset);
    const [code, align] = MEMORY_LANE_OPCODES[name];
    this.#opcode(code).#memarg(align, this.guard ? 0 : byteOffset);
    this.#code.push(lane);
    return this;
  }

  /** Pushes the address in one entry of a table of addresses. */
  address(table: Local, entry: number): this {
    if (this.guard) return this.i32(this.guard.addressOf(entry));
    return this.get(table).memory("i32.load", 4 * entry);
  }

  /** Appends `memory.copy`; the stack holds destination, source, byte length. */
  memoryCopy(): this {
    if (this.guard) throw new Error("Internal: memory.copy is not guarded yet");
    this.#code.push(0xfc, 10, 0, 0);
    return this;
  }

  /** Appends `memory.fill`; the stack holds destination, byte value, byte length. */
  memoryFill(): this {
    if (this.guard) guardFill(this, this.guard);
    this.#code.push(0xfc, 11, 0);
    return this;
  }

  /** Appends a full memory barrier. */
  atomicFence(): this {
    this.#code.push(0xfe, 3, 0);
    return this;
  }

  /** Pushes a global. */
  globalGet(global: GlobalHandle): this {
    return this.#indexed(0x23, global.index);
  }

  /** Pops into a global. */
  globalSet(global: GlobalHandle): this {
    return this.#indexed(0x24, global.index);
  }

  /** Calls another function of the module. */
  call(target: FunctionHandle): this {
    return this.#indexed(0x10, target.index);
  }

  /** A block; branching to its label leaves it. */
  block(body: (exit: Label) => void, result?: ValueType): this {
    return this.#structured(0x02, body, result);
  }

  /**
   * A block; branching to its label starts it again. It falls through otherwise. Guarded code
   * has to say how often its loops turn: see {@linkcode repeat}, {@linkcode walk}, {@linkcode for}.
   */
  loop(body: (again: Label) => void, result?: ValueType): this {
    if (this.guard) throw new Error("Internal: a kernel's loop must say how often it turns");
    return this.#structured(0x03, body, result);
  }

  /**
   * A loop whose body pushes whether there is another turn. It must take as many as `turns` is or
   * pushes, which guarded code compares afterwards.
   */
  repeat(turns: Operand | (() => void), body: () => void): this {
    const { guard } = this;
    const counted = guard && this.local("i32");
    if (counted) this.i32(0).set(counted);
    this.#structured(0x03, (again) => {
      body();
      if (counted) this.get(counted).i32(1).op("i32.add").set(counted);
      this.brIf(again);
    }, undefined);
    if (counted) {
      if (typeof turns === "function") turns();
      else this.push(turns);
      guard.turns(this, counted);
    }
    return this;
  }

  /**
   * Takes `turns` turns, at least one, and moves an address on by `byteLength` after each. The
   * address ends the loop, unless it does not move: then the turns are counted.
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
      this.get(address).i32(byteLength).op("i32.add").tee(address).get(end).op("i32.lt_u");
    });
  }

  /** Pops a condition and runs one of two bodies; branching to the label leaves. */
  if(
    then: (exit: Label) => void,
    otherwise?: (exit: Label) => void,
    result?: ValueType,
  ): this {
    return this.#structured(0x04, (exit) => {
      then(exit);
      if (otherwise === undefined) return;
      this.#code.push(0x05);
      otherwise(exit);
    }, result);
  }

  /** Jumps to a label. */
  br(label: Label): this {
    return this.#indexed(0x0c, this.#depth - label.depth);
  }

  /** Pops a condition and jumps if it is not zero. */
  brIf(label: Label): this {
    return this.#indexed(0x0d, this.#depth - label.depth);
  }

  /** Returns from the function. */
  return(): this {
    return this.op("return");
  }

  /** Counts the i32 `i` from `from` while `i < to` (signed); tests before the first turn. */
  for(
    i: Local,
    from: Operand,
    to: Operand,
    step: Operand,
    body: () => void,
  ): this {
    const turn = (): this =>
      this.#structured(0x03, (again) => {
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

  /** The function's entry in the code section, without its length prefix. */
  bytes(): number[] {
    const groups: { type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = groups.at(-1);
      if (last?.type === type) last.count++;
      else groups.push({ type, count: 1 });
    }
    const bytes: number[] = [];
    pushUnsigned(bytes, groups.length);
    for (const { type, count } of groups) {
      pushUnsigned(bytes, count);
      bytes.push(VALUE_TYPE_CODES[type]);
    }
    pushBytes(bytes, this.#code);
    bytes.push(END);
    return bytes;
  }

  #opcode(code: number): this {
    const prefix = code >> 16;
    if (prefix === 0) this.#code.push(code);
    else this.#indexed(prefix, code & 0xffff);
    return this;
  }

  #indexed(code: number, index: number): this {
    this.#code.push(code);
    pushUnsigned(this.#code, index);
    return this;
  }

  #memarg(align: number, byteOffset: number): this {
    this.#code.push(align);
    pushUnsigned(this.#code, byteOffset);
    return this;
  }

  #v128(lanes: Float32Array | Int32Array): this {
    this.#opcode(0xfd000c);
    pushBytes(this.#code, new Uint8Array(lanes.buffer));
    return this;
  }

  #structured(
    code: number,
    body: (label: Label) => void,
    result: ValueType | undefined,
  ): this {
    this.#code.push(
      code,
      result === undefined ? EMPTY_BLOCK : VALUE_TYPE_CODES[result],
    );
    this.#depth++;
    body({ depth: this.#depth });
    this.#depth--;
    this.#code.push(END);
    return this;
  }
}

/** Emits the instructions of one WebAssembly function that do not touch memory. */

import {
  type Bytes,
  joinBytes,
  pushSigned,
  pushSigned64,
  pushUnsigned,
  unsigned,
  vector,
} from "./encoding.ts";
import { LANE_OPCODES, type LaneOp, PLAIN_OPCODES, type PlainOp } from "./opcodes.ts";
import {
  type FunctionHandle,
  type GlobalHandle,
  type Label,
  type Local,
  type Locals,
  type Operand,
  VALUE_TYPE_CODES,
  type ValueType,
} from "./types.ts";

const EMPTY_BLOCK = 0x40;
const END = 0x0b;

/** The part of {@linkcode FunctionBuilder} that needs no guard: values, calls, and branches. */
export class InstructionBuilder {
  /** The function's parameters. */
  readonly params: readonly Local[];
  readonly #locals: ValueType[] = [];
  readonly #code: number[] = [];
  #depth = 0;

  /** Starts a body for the given parameter types. */
  constructor(params: readonly ValueType[]) {
    this.params = params.map((type, index) => ({ index, type }));
  }

  /** Declares a local variable, zero at function entry. */
  local(type: ValueType): Local {
    this.#locals.push(type);
    return { index: this.params.length + this.#locals.length - 1, type };
  }

  /** Declares several local variables of one type. */
  locals<Count extends number>(type: ValueType, count: Count): Locals<Count>;
  locals(type: ValueType, count: number): readonly Local[] {
    return Array.from({ length: count }, () => this.local(type));
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

  /** Pops into an i32 local, or sets it to `limit` if that is less (signed). */
  setAtMost(local: Local, limit: Operand): this {
    return this.tee(local).push(limit).get(local).push(limit).op("i32.lt_s", "select").set(local);
  }

  /** Adds to an i32 local, such as an address. */
  advance(local: Local, amount: Operand): this {
    return this.get(local).push(amount).op("i32.add").set(local);
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
    return this.#constant(0x43, Float32Array.of(value));
  }

  /** Pushes an f64 constant. */
  f64(value: number): this {
    return this.#constant(0x44, Float64Array.of(value));
  }

  /** Pushes a v128 constant of four f32 lanes; one value fills all lanes. */
  f32x4(x: number, y: number = x, z: number = x, w: number = x): this {
    return this.#constant(0xfd000c, Float32Array.of(x, y, z, w));
  }

  /** Pushes a v128 constant of four i32 lanes; one value fills all lanes. */
  i32x4(x: number, y: number = x, z: number = x, w: number = x): this {
    return this.#constant(0xfd000c, Int32Array.of(x, y, z, w));
  }

  /** Pushes an i32 operand: a constant or a local. */
  push(operand: Operand): this {
    return typeof operand === "number" ? this.i32(operand) : this.get(operand);
  }

  /** Appends instructions without immediates, by their text-format names. */
  op(...names: readonly PlainOp[]): this {
    for (const name of names) this.opcode(PLAIN_OPCODES[name]);
    return this;
  }

  /** Appends an extract or replace of one lane. */
  lane(name: LaneOp, lane: number): this {
    this.opcode(LANE_OPCODES[name]);
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
    return this.opcode(0xfd000d).append(...lanes);
  }

  /** Shuffles 32-bit lanes: 0 to 3 come from the first vector, 4 to 7 from the second. */
  shuffle32(x: number, y: number, z: number, w: number): this {
    return this.shuffle([x, y, z, w].flatMap((l) => [4 * l, 4 * l + 1, 4 * l + 2, 4 * l + 3]));
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

  /** A block. Branching to its label exits it. */
  block(body: (exit: Label) => void, result?: ValueType): this {
    return this.structured(0x02, body, result);
  }

  /** Pops a condition and runs one of two bodies. Branching to the label exits. */
  if(then: (exit: Label) => void, otherwise?: (exit: Label) => void, result?: ValueType): this {
    return this.structured(0x04, (exit) => {
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

  /** Pops a condition and jumps if it is nonzero. */
  brIf(label: Label): this {
    return this.#indexed(0x0d, this.#depth - label.depth);
  }

  /** Returns from the function. */
  return(): this {
    return this.op("return");
  }

  /** The function's entry in the code section, without its length prefix. */
  bytes(): Bytes {
    const groups: { type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = groups.at(-1);
      if (last?.type === type) last.count++;
      else groups.push({ type, count: 1 });
    }
    const locals = groups.map(({ type, count }) => [...unsigned(count), VALUE_TYPE_CODES[type]]);
    return joinBytes([vector(locals), this.#code, [END]]);
  }

  /** Appends an opcode with its prefix. */
  protected opcode(code: number): this {
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

  /** Appends a memory access: its opcode, alignment, and offset. */
  protected access([code, align]: readonly [number, number], byteOffset: number): this {
    this.opcode(code).append(align);
    pushUnsigned(this.#code, byteOffset);
    return this;
  }

  /** Appends raw bytes. */
  protected append(...bytes: readonly number[]): this {
    this.#code.push(...bytes);
    return this;
  }

  /** Appends a constant. All supported machines are little-endian, as WebAssembly is. */
  #constant(code: number, values: Float32Array | Float64Array | Int32Array): this {
    return this.opcode(code).append(...new Uint8Array(values.buffer));
  }

  /** Appends a block and passes its label to the body. */
  protected structured(
    code: number,
    body: (label: Label) => void,
    result: ValueType | undefined,
  ): this {
    this.#code.push(code, result === undefined ? EMPTY_BLOCK : VALUE_TYPE_CODES[result]);
    this.#depth++;
    body({ depth: this.#depth });
    this.#depth--;
    this.#code.push(END);
    return this;
  }
}

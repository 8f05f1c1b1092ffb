/** The values of a loop over vectors as operands of instructions. */
import type { VectorOperand } from "./encoding.ts";
import { LiteralCode } from "./literals.ts";
import { LANES, VECTOR_REGISTERS } from "./registers.ts";
import type { FunctionHost } from "./vector_functions.ts";
import type { ValueId, VectorLoop } from "./vector_loop.ts";
import { VectorMemory } from "./vector_memory.ts";
import { type Mover, VectorRegisters } from "./vector_registers.ts";
import type { Assembler } from "./x64.ts";

const LOAD = { map: 1, prefix: 0, opcode: 0x10 } as const;

/** Where values are: in registers, on the stack, or among the literals. */
export class VectorOperands implements Mover, FunctionHost {
  readonly bytes: 32 | 64;
  readonly code: LiteralCode;
  readonly memory: VectorMemory;
  readonly registers: VectorRegisters;
  readonly #plain: Assembler;
  readonly #literals = new Map<ValueId, readonly number[]>();
  /** Values of the current item, and temporary ones, which stay in their registers. */
  #busy: readonly ValueId[] = [];

  constructor(plain: Assembler, pointers: VectorLoop["pointers"], bytes: 32 | 64) {
    this.#plain = plain;
    this.bytes = bytes;
    this.code = new LiteralCode(plain);
    this.memory = new VectorMemory(plain, pointers, this);
    this.registers = new VectorRegisters(VECTOR_REGISTERS[LANES[bytes]], this);
  }

  /** Sets the values of an item, which temporary ones leave where they are. */
  hold(ids: readonly ValueId[]): void {
    this.#busy = ids;
  }

  /** Defines a literal by its lanes. */
  defineLiteral(id: ValueId, lanes: readonly number[]): void {
    this.#literals.set(id, lanes);
  }

  /** A value as the last operand of an instruction: in a register if it is in one. */
  last(id: ValueId): VectorOperand {
    return this.registers.find(id) ?? this.#elsewhere(id);
  }

  isLiteral(id: ValueId): boolean {
    return this.#literals.has(id);
  }

  spill(register: number, slot: number): void {
    this.#plain.storeVector(this.memory.slot(slot), register);
  }

  reload(register: number, id: ValueId): void {
    this.code.apply(LOAD, register, 0, this.#elsewhere(id));
  }

  temporary(use: (register: number) => void): void {
    const before = this.#busy;
    const id = -1 - before.length;
    const register = this.registers.define(id, before);
    this.#busy = [...before, id];
    use(register);
    this.registers.release(id);
    this.#busy = before;
  }

  /** The place of a value that is in no register. */
  #elsewhere(id: ValueId): VectorOperand {
    const literal = this.#literals.get(id);
    if (literal) return literal;
    const slot = this.registers.slot(id);
    if (slot === undefined) throw new Error(`Internal: value ${id} of a vector loop is nowhere`);
    return this.memory.slot(slot);
  }
}

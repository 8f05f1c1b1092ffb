/**
 * An assembler for the x86-64 instructions that tiles use.
 *
 * Operands are in the order of Intel's manuals: the destination first. Names with `32` use the low
 * half of a register and clear its high half.
 */
import {
  encodeMemory,
  encodeVector,
  type LaneMask,
  type VectorInstruction,
  type VectorOperand,
  wordBytes,
} from "./encoding.ts";
import {
  type LowRegister,
  type Memory,
  type Register,
  REGISTERS,
  type VectorBytes,
} from "./registers.ts";

/** Conditions of jumps, after an instruction that sets the zero flag. */
const CONDITIONS = { zero: 4, notZero: 5 } as const;

/** Assembles a sequence of instructions. Vector instructions have one width. */
export class Assembler {
  readonly #bytes: number[] = [];
  readonly #vectorBytes: VectorBytes;

  /** @param vectorBytes width of the vector instructions; 64 needs AVX-512 */
  constructor(vectorBytes: VectorBytes) {
    this.#vectorBytes = vectorBytes;
  }

  /** The bytes so far. */
  get bytes(): readonly number[] {
    return this.#bytes;
  }

  /** Number of bytes so far, which is the position of the next instruction. */
  get position(): number {
    return this.#bytes.length;
  }

  /** `mov target, source` of 64 bits. */
  move(target: Register, source: Register): this {
    return this.#registers(1, 0x89, source, target);
  }

  /** `mov target, value` of 32 bits. */
  moveConstant32(target: Register, value: number): this {
    const code = REGISTERS[target];
    if (code >= 8) this.#push(0x41);
    return this.#push(0xb8 | code & 7).#word(value);
  }

  /** `mov target, [memory]` of 32 bits. */
  load32(target: Register, memory: Memory): this {
    return this.#access(0x8b, target, memory);
  }

  /** `mov target, [memory]` of 64 bits. */
  load64(target: Register, memory: Memory): this {
    return this.#access(0x8b, target, memory, 1);
  }

  /** `mov [memory], source` of 64 bits. */
  store64(memory: Memory, source: Register): this {
    return this.#access(0x89, source, memory, 1);
  }

  /** `add qword [memory], value`; nothing if the value is 0. */
  addToMemory(memory: Memory, value: number): this {
    if (value === 0) return this;
    this.#rex(1, 0, REGISTERS[memory.base]).#push(0x81, ...encodeMemory(0, memory, 1));
    return this.#word(value);
  }

  /** `mov [memory], source` of 32 bits. */
  store32(memory: Memory, source: Register): this {
    return this.#access(0x89, source, memory);
  }

  /** `add target, source` of 64 bits. */
  add(target: Register, source: Register): this {
    return this.#registers(1, 0x01, source, target);
  }

  /** `add target, value` of 64 bits; nothing if the value is 0. */
  addConstant(target: Register, value: number): this {
    if (value === 0) return this;
    const code = REGISTERS[target];
    return this.#rex(1, 0, code).#push(0x81, 0xc0 | code & 7).#word(value);
  }

  /** `and rsp, -64`, after which vectors on the stack do not cross cache lines. */
  alignStack(): this {
    return this.#push(0x48, 0x83, 0xe4, 0xc0);
  }

  /** `xor target, target`, which sets a register to 0. */
  clear32(target: Register): this {
    return this.#registers(0, 0x31, target, target);
  }

  /** `test register, register` of 32 bits: sets the zero flag if it is 0. */
  test32(register: Register): this {
    return this.#registers(0, 0x85, register, register);
  }

  /** `dec register` of 32 bits, which also sets the zero flag. */
  decrement32(register: Register): this {
    const code = REGISTERS[register];
    return this.#rex(0, 0, code).#push(0xff, 0xc8 | code & 7);
  }

  /** `push register`. */
  push(register: Register): this {
    return this.#stack(0x50, register);
  }

  /** `pop register`. */
  pop(register: Register): this {
    return this.#stack(0x58, register);
  }

  /** `lea target, [rip + …]`: the address of the first byte of this code. */
  addressOfStart(target: Register): this {
    const code = REGISTERS[target];
    this.#rex(1, code, 0).#push(0x8d, 0x05 | (code & 7) << 3);
    return this.#word(-(this.position + 4));
  }

  /** `jmp register`. */
  jumpTo(register: LowRegister): this {
    return this.#push(0xff, 0xe0 | REGISTERS[register]);
  }

  /** `call register`. */
  callTo(register: LowRegister): this {
    return this.#push(0xff, 0xd0 | REGISTERS[register]);
  }

  /** `ret`. */
  return(): this {
    return this.#push(0xc3);
  }

  /** `cpuid`, which replaces rax, rbx, rcx, and rdx. */
  cpuid(): this {
    return this.#push(0x0f, 0xa2);
  }

  /** `xgetbv`, which replaces rax and rdx. */
  xgetbv(): this {
    return this.#push(0x0f, 0x01, 0xd0);
  }

  /** Runs `body` unless the zero flag is set. */
  unlessZero(body: () => void): this {
    this.#push(0x0f, 0x80 | CONDITIONS.zero).#word(0);
    const from = this.position;
    body();
    return this.patch32(from - 4, this.position - from);
  }

  /** Replaces 32 bits that have been assembled. */
  patch32(position: number, value: number): this {
    wordBytes(value).forEach((byte, i) => this.#bytes[position + i] = byte);
    return this;
  }

  /** Appends bytes that are no instructions. */
  data(bytes: readonly number[]): this {
    return this.#push(...bytes);
  }

  /** Runs `body` as often as `counter` says, which is at least once, and counts it down to 0. */
  repeat(counter: Register, body: () => void): this {
    const start = this.position;
    body();
    this.decrement32(counter).#push(0x0f, 0x80 | CONDITIONS.notZero);
    return this.#word(start - (this.position + 4));
  }

  /** `vpxor target, target, target`, which sets a vector to 0. */
  clearVector(target: number): this {
    const code = { map: 1, prefix: 1, opcode: 0xef } as const;
    return this.#vector({ ...code, register: target, second: target, last: target });
  }

  /** `vmovups target, [memory]`. */
  loadVector(target: number, memory: Memory): this {
    return this.#vector({ map: 1, prefix: 0, opcode: 0x10, register: target, last: memory });
  }

  /** `vmovups [memory], source`. */
  storeVector(memory: Memory, source: number): this {
    return this.#vector({ map: 1, prefix: 0, opcode: 0x11, register: source, last: memory });
  }

  /** `vaddps target, a, b`: target = a + b. */
  addVectors(target: number, a: number, b: VectorOperand): this {
    const code = { map: 1, prefix: 0, opcode: 0x58 } as const;
    return this.#vector({ ...code, register: target, second: a, last: b });
  }

  /** `vbroadcastss target, [memory]`: one element in all lanes. */
  broadcast(target: number, memory: Memory): this {
    const code = { map: 2, prefix: 1, opcode: 0x18 } as const;
    return this.#vector({ ...code, register: target, last: memory, memoryBytes: 4 });
  }

  /** `vfmadd231ps sum, a, b`: sum = a · b + sum, rounded once. */
  multiplyAdd(sum: number, a: number, b: VectorOperand): this {
    const code = { map: 2, prefix: 1, opcode: 0xb8 } as const;
    return this.#vector({ ...code, register: sum, second: a, last: b });
  }

  /** `vzeroupper`, so that later SSE instructions are not slow. */
  zeroUpper(): this {
    return this.#push(0xc5, 0xf8, 0x77);
  }

  /** `vmovups target, [memory]` of some lanes; the others become 0. */
  loadLanes(target: number, memory: Memory, mask: LaneMask): this {
    return this.#vector({ map: 1, prefix: 0, opcode: 0x10, register: target, last: memory, mask });
  }

  /** `vmovups [memory], source` of some lanes. */
  storeLanes(memory: Memory, source: number, mask: LaneMask): this {
    return this.#vector({ map: 1, prefix: 0, opcode: 0x11, register: source, last: memory, mask });
  }

  /** `kmovw k, source`: sets a mask register to the low bits of another register. */
  setMask(mask: number, source: LowRegister): this {
    return this.#push(0xc5, 0xf8, 0x92, 0xc0 | mask << 3 | REGISTERS[source]);
  }

  /** `kmovw k, other`: copies a mask register. */
  copyMask(mask: number, other: number): this {
    return this.#push(0xc5, 0xf8, 0x90, 0xc0 | mask << 3 | other);
  }

  /** `kxnorw k, k, k`: sets all bits of a mask register. */
  fillMask(mask: number): this {
    return this.#push(0xc5, 0xfc - (mask << 3), 0x46, 0xc0 | mask << 3 | mask);
  }

  /** Any vector instruction. A memory operand covers a whole vector unless stated. */
  vector(instruction: Omit<VectorInstruction, "memoryBytes"> & { memoryBytes?: number }): this {
    return this.#vector(instruction);
  }

  #vector(instruction: Omit<VectorInstruction, "memoryBytes"> & { memoryBytes?: number }): this {
    const full = { memoryBytes: this.#vectorBytes, ...instruction };
    return this.#push(...encodeVector(full, this.#vectorBytes));
  }

  #stack(opcode: number, register: Register): this {
    const code = REGISTERS[register];
    if (code >= 8) this.#push(0x41);
    return this.#push(opcode | code & 7);
  }

  #access(opcode: number, register: Register, memory: Memory, wide: 0 | 1 = 0): this {
    const code = REGISTERS[register];
    this.#rex(wide, code, REGISTERS[memory.base]).#push(opcode);
    return this.#push(...encodeMemory((code & 7) << 3, memory, 1));
  }

  #registers(wide: 0 | 1, opcode: number, register: Register, target: Register): this {
    const [middle, low] = [REGISTERS[register], REGISTERS[target]];
    return this.#rex(wide, middle, low).#push(opcode, 0xc0 | (middle & 7) << 3 | low & 7);
  }

  #rex(wide: 0 | 1, middle: number, low: number): this {
    return this.#push(0x40 | wide << 3 | (middle >> 3) << 2 | low >> 3);
  }

  #push(...bytes: readonly number[]): this {
    this.#bytes.push(...bytes);
    return this;
  }

  #word(value: number): this {
    return this.#push(...wordBytes(value));
  }
}

/**
 * An assembler for the x86-64 instructions without vectors that native code uses.
 *
 * Operands are in the order of Intel's manuals: the destination first. Names with `32` use the low
 * half of a register and clear its high half.
 */
import { pushMemory, pushWord, setWord } from "./encoding.ts";
import { type LowRegister, type Memory, type Register, REGISTERS } from "./registers.ts";

/** Conditions of jumps, after an instruction that sets the zero flag. */
const CONDITIONS = { zero: 4, notZero: 5 } as const;

/** The least and the greatest number of 32 bits, with its sign. */
const [LEAST, MOST] = [-(2 ** 31), 2 ** 31 - 1];

/**
 * Numbers of 32 bits with a given sum. There are few: distances in memory are at most a few times
 * 4 GiB.
 */
function wordsOf(sum: number): readonly number[] {
  const words: number[] = [];
  for (let rest = sum; rest !== 0; rest -= words.at(-1)!) {
    words.push(Math.min(Math.max(rest, LEAST), MOST));
  }
  return words;
}

/** Assembles a sequence of instructions. */
export class ScalarAssembler {
  /** The bytes so far, to append to. */
  protected readonly code: number[] = [];

  /** The bytes so far. */
  get bytes(): readonly number[] {
    return this.code;
  }

  /** Number of bytes so far, which is the position of the next instruction. */
  get position(): number {
    return this.code.length;
  }

  /** `mov target, source` of 64 bits. */
  move(target: Register, source: Register): this {
    return this.#registers(1, 0x89, source, target);
  }

  /** `mov target, value` of 32 bits. */
  moveConstant32(target: Register, value: number): this {
    const code = REGISTERS[target];
    if (code >= 8) this.data(0x41);
    return this.data(0xb8 | code & 7).word(value);
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

  /** `add qword [memory], value`, in parts that have 32 bits each; nothing if it is 0. */
  addToMemory(memory: Memory, value: number): this {
    for (const part of wordsOf(value)) {
      this.#rex(1, 0, REGISTERS[memory.base]).data(0x81);
      pushMemory(this.code, 0, memory, 1);
      this.word(part);
    }
    return this;
  }

  /** `mov [memory], source` of 32 bits. */
  store32(memory: Memory, source: Register): this {
    return this.#access(0x89, source, memory);
  }

  /** `add target, source` of 64 bits. */
  add(target: Register, source: Register): this {
    return this.#registers(1, 0x01, source, target);
  }

  /** `add target, value` of 64 bits, in parts that have 32 bits each; nothing if it is 0. */
  addConstant(target: Register, value: number): this {
    const code = REGISTERS[target];
    for (const part of wordsOf(value)) {
      this.#rex(1, 0, code).data(0x81, 0xc0 | code & 7).word(part);
    }
    return this;
  }

  /** `and rsp, -64`, after which vectors on the stack do not cross cache lines. */
  alignStack(): this {
    return this.data(0x48, 0x83, 0xe4, 0xc0);
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
    return this.#rex(0, 0, code).data(0xff, 0xc8 | code & 7);
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
    this.#rex(1, code, 0).data(0x8d, 0x05 | (code & 7) << 3);
    return this.word(-(this.position + 4));
  }

  /** `jmp register`. */
  jumpTo(register: LowRegister): this {
    return this.data(0xff, 0xe0 | REGISTERS[register]);
  }

  /** `call register`. */
  callTo(register: LowRegister): this {
    return this.data(0xff, 0xd0 | REGISTERS[register]);
  }

  /** `ret`. */
  return(): this {
    return this.data(0xc3);
  }

  /** `cpuid`, which replaces rax, rbx, rcx, and rdx. */
  cpuid(): this {
    return this.data(0x0f, 0xa2);
  }

  /** `xgetbv`, which replaces rax and rdx. */
  xgetbv(): this {
    return this.data(0x0f, 0x01, 0xd0);
  }

  /** Runs `body` unless the zero flag is set. */
  unlessZero(body: () => void): this {
    this.data(0x0f, 0x80 | CONDITIONS.zero).word(0);
    const from = this.position;
    body();
    return this.patch32(from - 4, this.position - from);
  }

  /** Replaces 32 bits that have been assembled. */
  patch32(position: number, value: number): this {
    setWord(this.code, position, value);
    return this;
  }

  /** Appends bytes. */
  data(...bytes: readonly number[]): this {
    this.code.push(...bytes);
    return this;
  }

  /** Runs `body` as often as `counter` says, which is at least once, and counts it down to 0. */
  repeat(counter: Register, body: () => void): this {
    const start = this.position;
    body();
    this.decrement32(counter).data(0x0f, 0x80 | CONDITIONS.notZero);
    return this.word(start - (this.position + 4));
  }

  #stack(opcode: number, register: Register): this {
    const code = REGISTERS[register];
    if (code >= 8) this.data(0x41);
    return this.data(opcode | code & 7);
  }

  #access(opcode: number, register: Register, memory: Memory, wide: 0 | 1 = 0): this {
    const code = REGISTERS[register];
    this.#rex(wide, code, REGISTERS[memory.base]).data(opcode);
    pushMemory(this.code, (code & 7) << 3, memory, 1);
    return this;
  }

  #registers(wide: 0 | 1, opcode: number, register: Register, target: Register): this {
    const [middle, low] = [REGISTERS[register], REGISTERS[target]];
    return this.#rex(wide, middle, low).data(opcode, 0xc0 | (middle & 7) << 3 | low & 7);
  }

  #rex(wide: 0 | 1, middle: number, low: number): this {
    return this.data(0x40 | wide << 3 | (middle >> 3) << 2 | low >> 3);
  }

  /** Appends a number of 32 bits. */
  word(value: number): this {
    pushWord(this.code, value);
    return this;
  }
}

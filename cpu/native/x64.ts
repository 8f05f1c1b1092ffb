/** An assembler for the x86-64 instructions that native code uses. */
import {
  isLiteral,
  isWord,
  type LaneMask,
  pushVector,
  type VectorInstruction,
  type VectorOperand,
} from "./encoding.ts";
import { type LowRegister, type Memory, REGISTERS, type VectorBytes } from "./registers.ts";
import { ScalarAssembler } from "./scalar_assembler.ts";

/** Assembles a sequence of instructions. Vector instructions have one width. */
export class Assembler extends ScalarAssembler {
  readonly #vectorBytes: VectorBytes;

  /** @param vectorBytes width of the vector instructions; 64 needs AVX-512 */
  constructor(vectorBytes: VectorBytes) {
    super();
    this.#vectorBytes = vectorBytes;
  }

  /** `vpxor target, target, target`, which sets a vector to 0. */
  clearVector(target: number): this {
    const code = { map: 1, prefix: 1, opcode: 0xef } as const;
    return this.vector({ ...code, register: target, second: target, last: target });
  }

  /** `vmovups target, [memory]`. */
  loadVector(target: number, memory: Memory): this {
    return this.vector({ map: 1, prefix: 0, opcode: 0x10, register: target, last: memory });
  }

  /** `vmovups [memory], source`. */
  storeVector(memory: Memory, source: number): this {
    return this.vector({ map: 1, prefix: 0, opcode: 0x11, register: source, last: memory });
  }

  /** `vaddps target, a, b`: target = a + b. */
  addVectors(target: number, a: number, b: VectorOperand): this {
    const code = { map: 1, prefix: 0, opcode: 0x58 } as const;
    return this.vector({ ...code, register: target, second: a, last: b });
  }

  /** `vbroadcastss target, [memory]`: one element in all lanes. */
  broadcast(target: number, memory: Memory): this {
    const code = { map: 2, prefix: 1, opcode: 0x18 } as const;
    return this.vector({ ...code, register: target, last: memory, memoryBytes: 4 });
  }

  /** `vbroadcastf32x4 target, [memory]`: four elements in all quarters, or halves of AVX2. */
  broadcastQuarter(target: number, memory: Memory): this {
    const code = { map: 2, prefix: 1, opcode: 0x1a } as const;
    return this.vector({ ...code, register: target, last: memory, memoryBytes: 16 });
  }

  /** `vinsertf32x4 target, target, [memory], quarter`: replaces four elements. */
  insertQuarter(target: number, memory: Memory, quarter: number): this {
    const code = { map: 3, prefix: 1, opcode: 0x18, memoryBytes: 16 } as const;
    return this.vector({
      ...code,
      register: target,
      second: target,
      last: memory,
      immediate: quarter,
    });
  }

  /** `vunpcklps target, a, b`: of each quarter, a0, b0, a1, b1. */
  interleaveLow(target: number, a: number, b: number): this {
    const code = { map: 1, prefix: 0, opcode: 0x14 } as const;
    return this.vector({ ...code, register: target, second: a, last: b });
  }

  /** `vunpckhps target, a, b`: of each quarter, a2, b2, a3, b3. */
  interleaveHigh(target: number, a: number, b: number): this {
    const code = { map: 1, prefix: 0, opcode: 0x15 } as const;
    return this.vector({ ...code, register: target, second: a, last: b });
  }

  /** `vshufps target, a, b, …`: of each quarter, two elements of `a`, and then two of `b`. */
  selectPairs(
    target: number,
    a: number,
    b: number,
    elements: readonly [number, number, number, number],
  ): this {
    const immediate = elements.reduce((sum, element, i) => sum | element << 2 * i, 0);
    const code = { map: 1, prefix: 0, opcode: 0xc6, immediate } as const;
    return this.vector({ ...code, register: target, second: a, last: b });
  }

  /** `vfmadd231ps sum, a, b`: sum = a · b + sum, rounded once. */
  multiplyAdd(sum: number, a: number, b: VectorOperand): this {
    const code = { map: 2, prefix: 1, opcode: 0xb8 } as const;
    return this.vector({ ...code, register: sum, second: a, last: b });
  }

  /** `vzeroupper`, so that later SSE instructions are not slow. */
  zeroUpper(): this {
    return this.data(0xc5, 0xf8, 0x77);
  }

  /** `vmovups target, [memory]` of some lanes; the others become 0. */
  loadLanes(target: number, memory: Memory, mask: LaneMask): this {
    return this.vector({ map: 1, prefix: 0, opcode: 0x10, register: target, last: memory, mask });
  }

  /** `vmovups [memory], source` of some lanes. */
  storeLanes(memory: Memory, source: number, mask: LaneMask): this {
    return this.vector({ map: 1, prefix: 0, opcode: 0x11, register: source, last: memory, mask });
  }

  /** `kmovw k, source`: sets a mask register to the low bits of another register. */
  setMask(mask: number, source: LowRegister): this {
    return this.data(0xc5, 0xf8, 0x92, 0xc0 | mask << 3 | REGISTERS[source]);
  }

  /** `kmovw k, other`: copies a mask register. */
  copyMask(mask: number, other: number): this {
    return this.data(0xc5, 0xf8, 0x90, 0xc0 | mask << 3 | other);
  }

  /** `kxnorw k, k, k`: sets all bits of a mask register. */
  fillMask(mask: number): this {
    return this.data(0xc5, 0xfc - (mask << 3), 0x46, 0xc0 | mask << 3 | mask);
  }

  /**
   * Any vector instruction. An offset of more than 32 bits is added to the base for the instruction,
   * which also changes the flags.
   */
  vector(instruction: VectorInstruction): this {
    const { last } = instruction;
    if (typeof last === "number" || isLiteral(last) || isWord(last.offset)) {
      pushVector(this.code, instruction, this.#vectorBytes);
      return this;
    }
    const { base, offset } = last;
    return this.addConstant(base, offset)
      .vector({ ...instruction, last: { ...last, offset: 0 } })
      .addConstant(base, -offset);
  }
}

/** Vector instructions with literals, which are placed behind the code. */
import { type VectorInstruction, wordBytes } from "./encoding.ts";
import type { Memory } from "./registers.ts";
import type { VectorOpcode } from "./vector_loop.ts";
import type { Assembler } from "./x64.ts";

/** The last operand of an instruction: a register, memory, or the lanes of a literal. */
export type Operand = number | Memory | readonly number[];

/** The byte between code and literals, an instruction that stops the program. */
const TRAP = 0xcc;

/** Alignment of literals: a cache line. */
const LINE_BYTES = 64;

/** An instruction that needs the distance to its literal. */
interface Pending {
  /** Place of the distance, and the end of the instruction. */
  readonly at: number;
  readonly end: number;
  readonly literal: string;
}

/** Appends instructions to a function, and collects their literals. */
export class LiteralCode {
  readonly #code: Assembler;
  readonly #pending: Pending[] = [];

  constructor(code: Assembler) {
    this.#code = code;
  }

  /** Appends an instruction whose last operand may be a literal. */
  emit(
    { last, ...instruction }: Omit<VectorInstruction, "memoryBytes" | "last"> & { last: Operand },
  ): void {
    if (!isLiteral(last)) {
      this.#code.vector({ ...instruction, last });
      return;
    }
    const literal = last.join(" ");
    this.#code.vector({ ...instruction, last: { literal } });
    const end = this.#code.position;
    const at = end - 4 - (instruction.immediate === undefined ? 0 : 1);
    this.#pending.push({ at, end, literal });
  }

  /** Appends `register = second op last`, or `register = op last`, which has no second operand. */
  apply(
    { map, prefix, opcode, immediate }: VectorOpcode,
    register: number,
    second: number,
    last: Operand,
  ): void {
    this.emit({ map, prefix, opcode, immediate, register, second, last });
  }

  /** Appends the literals, each once, and fills in the distances to them. */
  finish(): void {
    const code = this.#code;
    if (this.#pending.length === 0) return;
    while (code.position % LINE_BYTES !== 0) code.data(TRAP);
    const places = new Map<string, number>();
    for (const { at, end, literal } of this.#pending) {
      let place = places.get(literal);
      if (place === undefined) {
        place = code.position;
        places.set(literal, place);
        for (const bits of literal.split(" ")) code.data(...wordBytes(Number(bits)));
      }
      code.patch32(at, place - end);
    }
  }
}

function isLiteral(operand: Operand): operand is readonly number[] {
  return Array.isArray(operand);
}

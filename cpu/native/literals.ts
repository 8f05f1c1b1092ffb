/** Vector instructions with literals, which are placed behind the code. */
import { isLiteral, type VectorInstruction, type VectorOperand } from "./encoding.ts";
import type { VectorOpcode } from "./vector_loop.ts";
import type { Assembler } from "./x64.ts";

/** The byte between code and literals, an instruction that stops the program. */
const TRAP = 0xcc;

/** Alignment of literals: a cache line. */
const LINE_BYTES = 64;

/** An instruction that needs the distance to its literal. */
interface Pending {
  /** Place of the distance, and the end of the instruction. */
  readonly at: number;
  readonly end: number;
  readonly literal: readonly number[];
}

/** Appends instructions to a function, and collects their literals. */
export class LiteralCode {
  readonly #code: Assembler;
  readonly #pending: Pending[] = [];

  constructor(code: Assembler) {
    this.#code = code;
  }

  /** Appends an instruction. */
  emit(instruction: VectorInstruction): void {
    const { last, immediate } = instruction;
    this.#code.vector(instruction);
    if (!isLiteral(last)) return;
    const end = this.#code.position;
    const at = end - 4 - (immediate === undefined ? 0 : 1);
    this.#pending.push({ at, end, literal: last });
  }

  /** Appends `register = second op last`, or `register = op last`, which has no second operand. */
  apply(
    { map, prefix, opcode, immediate }: VectorOpcode,
    register: number,
    second: number,
    last: VectorOperand,
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
      const key = literal.join(" ");
      let place = places.get(key);
      if (place === undefined) {
        place = code.position;
        places.set(key, place);
        for (const bits of literal) code.word(bits);
      }
      code.patch32(at, place - end);
    }
  }
}

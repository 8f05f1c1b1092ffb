import { assembleEntry, type Convention } from "./entry.ts";
import type { VectorBytes } from "./registers.ts";
import { assembleTile, type Tile } from "./tile.ts";
import { assembleVectorLoop } from "./vector_assembler.ts";
import type { VectorLoop } from "./vector_loop.ts";

/** Functions start at multiples of this, a cache line. */
const ALIGNMENT = 64;

/** The byte between functions, an instruction that stops the program. */
const TRAP = 0xcc;

/** The machine code of a program: its entry, and each tile and loop once. */
export class NativeCode {
  readonly #vectorBytes: VectorBytes;
  readonly #bytes: number[];
  readonly #positions = new Map<string, number>();

  constructor(
    { vectorBytes, convention }: { vectorBytes: VectorBytes; convention: Convention },
  ) {
    this.#vectorBytes = vectorBytes;
    this.#bytes = [...assembleEntry(convention)];
  }

  /** The position of a tile's code, which is added if no equal tile has been. */
  position(tile: Tile): number {
    return this.#add(JSON.stringify(tile), () => assembleTile(tile, this.#vectorBytes));
  }

  /** The position of the code of a loop over vectors, which is added likewise. */
  positionOfLoop(loop: VectorLoop): number {
    const bytes = this.#vectorBytes;
    if (bytes === 16) throw new Error("Internal: loops over vectors need AVX2");
    return this.#add(JSON.stringify(loop), () => assembleVectorLoop(loop, bytes));
  }

  #add(key: string, assemble: () => readonly number[]): number {
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    while (this.#bytes.length % ALIGNMENT !== 0) this.#bytes.push(TRAP);
    const position = this.#bytes.length;
    for (const byte of assemble()) this.#bytes.push(byte);
    this.#positions.set(key, position);
    return position;
  }

  /** The code, or no bytes if nothing has been added. */
  bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#positions.size > 0 ? this.#bytes : []);
  }
}

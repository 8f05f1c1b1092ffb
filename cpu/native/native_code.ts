import { assembleEntry, type Convention } from "./entry.ts";
import type { VectorBytes } from "./registers.ts";
import { assembleTile, type Tile } from "./tile.ts";

/** Tiles start at multiples of this, a cache line. */
const ALIGNMENT = 64;

/** The byte between tiles, an instruction that stops the program. */
const TRAP = 0xcc;

/** The machine code of a program: its entry, and each tile once. */
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
    const key = JSON.stringify(tile);
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    while (this.#bytes.length % ALIGNMENT !== 0) this.#bytes.push(TRAP);
    const position = this.#bytes.length;
    for (const byte of assembleTile(tile, this.#vectorBytes)) this.#bytes.push(byte);
    this.#positions.set(key, position);
    return position;
  }

  /** The code, or no bytes if there is no tile. */
  bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#positions.size > 0 ? this.#bytes : []);
  }
}

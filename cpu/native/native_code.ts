import { assembleEntry, type Convention } from "./entry.ts";
import { assembleInterleave, type Interleave } from "./interleave.ts";
import type { VectorBytes } from "./registers.ts";
import { assembleTile, type Tile } from "./tile.ts";
import { assembleVectorLoop } from "./vector_assembler.ts";
import type { VectorLoop } from "./vector_loop.ts";

/** Functions start at multiples of this, a cache line. */
const ALIGNMENT = 64;

/** The byte between functions, an instruction that stops the program. */
const TRAP = 0xcc;

/** Maximum number of cached functions: enough for a few large models, and a few MB. */
const MOST_KEPT = 1024;

/** Cache of assembled functions for one target, by a description of what they compute. */
export type Assembled = Map<string, Uint8Array>;

/** The instruction set and the operating system that code is generated for. */
export interface NativeTarget {
  readonly vectorBytes: VectorBytes;
  readonly convention: Convention;
  /** Cache of functions that programs share. Default: none. */
  readonly assembled?: Assembled;
}

/** The machine code of a program: its entry, and each tile and loop once. */
export class NativeCode {
  readonly #vectorBytes: VectorBytes;
  readonly #assembled: Assembled;
  /** The functions, and where they start. */
  readonly #parts: { readonly position: number; readonly code: Uint8Array }[] = [];
  readonly #positions = new Map<string, number>();
  #byteLength = 0;

  constructor({ vectorBytes, convention, assembled = new Map() }: NativeTarget) {
    this.#vectorBytes = vectorBytes;
    this.#assembled = assembled;
    this.#append(new Uint8Array(assembleEntry(convention)));
  }

  /** The position of a tile's code, which is added if no equal tile has been. */
  position(tile: Tile): number {
    return this.#add(JSON.stringify(tile), () => assembleTile(tile, this.#vectorBytes));
  }

  /** The position of the code of an interleaved copy, which is added if no equal one has been. */
  positionOfCopy(shape: Interleave): number {
    return this.#add(JSON.stringify(shape), () => assembleInterleave(shape, this.#vectorBytes));
  }

  /** The position of the code of a loop over vectors, which is added if no equal one has been. */
  positionOfLoop(loop: VectorLoop): number {
    return this.#add(JSON.stringify(loop), () => this.#assembleLoop(loop));
  }

  /**
   * Assembles the code of a loop over vectors, and caches it, without adding it.
   * @throws {Unsupported} if the loop needs more than machine code has
   */
  prepareLoop(loop: VectorLoop): void {
    this.#code(JSON.stringify(loop), () => this.#assembleLoop(loop));
  }

  #assembleLoop(loop: VectorLoop): readonly number[] {
    const bytes = this.#vectorBytes;
    if (bytes === 16) throw new Error("Internal: loops over vectors need AVX2");
    return assembleVectorLoop(loop, bytes);
  }

  #add(key: string, assemble: () => readonly number[]): number {
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    const position = this.#append(this.#code(key, assemble));
    this.#positions.set(key, position);
    return position;
  }

  /** The code of a function, from the cache if it is there. */
  #code(key: string, assemble: () => readonly number[]): Uint8Array {
    const known = this.#assembled.get(key);
    if (known) return known;
    const code = new Uint8Array(assemble());
    if (this.#assembled.size >= MOST_KEPT) this.#assembled.clear();
    this.#assembled.set(key, code);
    return code;
  }

  /** Appends code, which may be placed anywhere; returns its position. */
  #append(code: Uint8Array): number {
    const position = ALIGNMENT * Math.ceil(this.#byteLength / ALIGNMENT);
    this.#parts.push({ position, code });
    this.#byteLength = position + code.length;
    return position;
  }

  /** The code, or no bytes if nothing has been added. */
  bytes(): Uint8Array<ArrayBuffer> {
    if (this.#positions.size === 0) return new Uint8Array();
    const bytes = new Uint8Array(this.#byteLength).fill(TRAP);
    for (const { position, code } of this.#parts) bytes.set(code, position);
    return bytes;
  }
}

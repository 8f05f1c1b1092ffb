/**
 * Generates the machine code of a tile: a block of sums in vector registers, over a nest of loops.
 *
 * The shape of a tile is all that its code depends on. Sums of a tile are added in the order of the
 * loops, one fused multiply-add at a time, exactly as the WebAssembly kernels do it.
 */
import { CALL } from "./call_layout.ts";
import { LANES, type Register, VECTOR_REGISTERS, type VectorBytes } from "./registers.ts";
import { Assembler } from "./x64.ts";

/** Byte offsets of one term of every sum, from where the innermost loop is. */
export interface Term {
  readonly a: number;
  readonly b: number;
}

/** A loop around the terms. */
export interface Loop {
  /** Number of iterations: a constant, or what each call gives (outermost loop only). */
  readonly turns: number | "given";
  /** Bytes that A and B move from one iteration to the next. */
  readonly a: number;
  readonly b: number;
}

/**
 * The shape of a tile:
 *
 *     C[row][vector] = Σ A[row] · B[vector]
 *
 * where A is one element, broadcast to all lanes, and B and C are vectors.
 */
export interface Tile {
  /** Byte offset of each row's first element of A. */
  readonly rows: readonly number[];
  /** Byte offset of each first vector of B. */
  readonly vectors: readonly number[];
  /** The terms of one iteration of the innermost loop. */
  readonly terms: readonly Term[];
  /** Number of terms, from the first one on, to add after the innermost loop. */
  readonly tail: number;
  /** The loops, innermost first. */
  readonly loops: readonly Loop[];
  /** Number of registers for each sum, which take terms by turns and are added at the end. */
  readonly copies: number;
  /** Bytes between the rows and between the vectors of C. */
  readonly sums: { readonly row: number; readonly vector: number };
  /**
   * What happens to the sums in C. `"replace"` starts from zero and overwrites them, `"continue"`
   * starts from them, and `"add"` starts from zero and is added to them at the end. With `"given"`,
   * each call says whether to add or to replace.
   */
  readonly into: "replace" | "continue" | "add" | "given";
  /** Bytes from one tile to the next, if a call computes several. */
  readonly next: { readonly a: number; readonly b: number; readonly c: number };
}

/** Counters of the loops, innermost first. */
const COUNTERS: readonly Register[] = ["rsi", "rdx", "rbx"];

/**
 * Assembles a function of the address of a call in `rdi` and that of the heap in `rsi`. It uses
 * registers that a function of the System V convention may change, and returns 0.
 */
export function assembleTile(tile: Tile, vectorBytes: VectorBytes): readonly number[] {
  return new TileAssembler(tile, vectorBytes).assemble();
}

class TileAssembler {
  readonly #tile: Tile;
  readonly #code: Assembler;
  /** Registers after those of the sums: the vectors of B, then elements of A. */
  readonly #firstB: number;
  readonly #firstA: number;
  readonly #countA: number;

  constructor(tile: Tile, vectorBytes: VectorBytes) {
    const { rows, vectors, copies, loops } = tile;
    this.#tile = tile;
    this.#code = new Assembler(vectorBytes);
    this.#firstB = rows.length * vectors.length * copies;
    this.#firstA = this.#firstB + vectors.length;
    this.#countA = Math.min(VECTOR_REGISTERS[LANES[vectorBytes]] - this.#firstA, rows.length);
    if (this.#countA < 1) throw new Error("Internal: a tile has more sums than registers");
    if (loops.length > COUNTERS.length) throw new Error("Internal: a tile has too many loops");
    if (loops.slice(0, -1).some(({ turns }) => turns === "given")) {
      throw new Error("Internal: only the outermost loop of a tile may be given");
    }
  }

  assemble(): readonly number[] {
    const code = this.#code;
    const { loops, next } = this.#tile;
    const saves = loops.length > 2;
    if (saves) code.push("rbx");
    for (const [register, offset] of [["r8", CALL.a], ["r9", CALL.b], ["r10", CALL.c]] as const) {
      code.load32(register, { base: "rdi", offset }).add(register, "rsi");
    }
    code.load32("r11", { base: "rdi", offset: CALL.tiles });
    code.repeat("r11", () => {
      code.move("rax", "r8").move("rcx", "r9");
      this.#start();
      this.#loop(loops.length - 1);
      this.#finish();
      code.addConstant("r8", next.a).addConstant("r9", next.b).addConstant("r10", next.c);
    });
    if (saves) code.pop("rbx");
    return code.clear32("rax").zeroUpper().return().bytes;
  }

  #start(): void {
    const { copies, into } = this.#tile;
    for (let sum = 0; sum < this.#firstB; sum++) {
      if (into !== "continue" || sum % copies > 0) this.#code.clearVector(sum);
    }
    if (into !== "continue") return;
    this.#forEachSum((row, v, memory) => this.#code.loadVector(this.#sum(row, v, 0), memory));
  }

  /** Assembles a loop with those inside it. `rax` and `rcx` end after its last iteration. */
  #loop(level: number): void {
    if (level < 0) return this.#terms(this.#tile.terms.length);
    const code = this.#code;
    const { turns, a, b } = this.#tile.loops[level]!;
    const inner = this.#tile.loops[level - 1];
    const travelled = (step: number) => inner ? Number(inner.turns) * step : 0;
    const counter = COUNTERS[level]!;
    if (turns === "given") code.load32(counter, { base: "rdi", offset: CALL.turns });
    else code.moveConstant32(counter, turns);
    if (turns !== 0) {
      code.repeat(counter, () => {
        this.#loop(level - 1);
        code.addConstant("rax", a - travelled(inner?.a ?? 0));
        code.addConstant("rcx", b - travelled(inner?.b ?? 0));
      });
    }
    if (level === 0) this.#terms(this.#tile.tail);
  }

  #terms(count: number): void {
    const { rows, vectors, terms, copies } = this.#tile;
    const code = this.#code;
    terms.slice(0, count).forEach((term, t) => {
      vectors.forEach((offset, v) => {
        code.loadVector(this.#firstB + v, { base: "rcx", offset: offset + term.b });
      });
      rows.forEach((offset, row) => {
        const a = this.#firstA + row % this.#countA;
        code.broadcast(a, { base: "rax", offset: offset + term.a });
        vectors.forEach((_, v) => {
          code.multiplyAdd(this.#sum(row, v, t % copies), this.#firstB + v, a);
        });
      });
    });
  }

  #finish(): void {
    const code = this.#code;
    const { into, copies } = this.#tile;
    const addToStored = (): void =>
      this.#forEachSum((row, v, memory) => {
        code.addVectors(this.#sum(row, v, 0), this.#sum(row, v, 0), memory);
      });
    if (into === "given") {
      code.load32("rax", { base: "rdi", offset: CALL.add }).test32("rax").unlessZero(addToStored);
    } else if (into === "add") addToStored();
    this.#forEachSum((row, v, memory) => {
      const sum = this.#sum(row, v, 0);
      for (let copy = 1; copy < copies; copy++) {
        code.addVectors(sum, sum, this.#sum(row, v, copy));
      }
      code.storeVector(memory, sum);
    });
  }

  #forEachSum(
    visit: (row: number, vector: number, memory: { base: "r10"; offset: number }) => void,
  ): void {
    const { rows, vectors, sums } = this.#tile;
    rows.forEach((_, row) => {
      vectors.forEach((_, v) => {
        visit(row, v, { base: "r10", offset: row * sums.row + v * sums.vector });
      });
    });
  }

  /** The register of a sum. */
  #sum(row: number, vector: number, copy: number): number {
    const { vectors, copies } = this.#tile;
    return (row * vectors.length + vector) * copies + copy;
  }
}

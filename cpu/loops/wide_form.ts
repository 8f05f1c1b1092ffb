/** The form of kernels as loops over wide vectors. */
import type { NativeProgram } from "../native/native_program.ts";
import type { VectorLoop } from "../native/vector_loop.ts";
import type { MathLibrary } from "../math/math_library.ts";
import type { SlotType } from "../compiled_kernel.ts";
import type { Stash } from "./stash.ts";
import type { Term, Value } from "./value.ts";

/** A loop of a call: its axis, and its size, unless each call says how many rows there are. */
export interface WideAxis {
  readonly axis: number;
  readonly size: number | undefined;
}

/** The elements around a pointer that a call accesses, in bytes from it. */
export interface WideAccess {
  readonly kind: "read" | "write";
  readonly from: number;
  readonly to: number;
  /** Additional bytes for each further element along the vectors. */
  readonly perElement: number;
}

/** A pointer of a call. */
export interface WidePointer {
  /** The slot; `undefined` for sums in scratch memory, `"integer"` for a plain integer. */
  readonly slot: number | undefined | "integer";
  /** The index, or the integer, without its constant. */
  readonly terms: readonly Term[];
  /** Elements from there to the pointer: 0 unless the terms alone may be outside of memory. */
  readonly constant: number;
  /** Elements (or units) by which it grows along each of the loops but the one over vectors. */
  readonly steps: readonly number[];
  readonly accesses: WideAccess[];
}

/** Loops over wide vectors, and what a call of them passes. */
export interface WideLoop {
  readonly code: VectorLoop;
  /** The loops around or inside of the one over vectors, outermost first. */
  readonly loops: readonly WideAxis[];
  /** Number of vectors in an iteration. */
  readonly copies: number;
  /** The words of a call: {@linkcode COUNT_WORDS}, then pointers, then values. */
  readonly pointers: readonly WidePointer[];
  readonly values: readonly Value[];
}

/** The first words of a call: rows, iterations over vectors, and the mask of the lanes after them. */
export const COUNT_WORDS = { rows: 0, vectors: 1, tail: 2 } as const;

/** What a translation needs to know. */
export interface WideContext {
  readonly math: MathLibrary;
  readonly slotType: (slot: number) => SlotType;
  /** The axis of the vectors. */
  readonly vector: number;
  /** The program whose machine code the loops become. */
  readonly native: NativeProgram;
  /** Number of vectors in an iteration. Default: 1. */
  readonly copies?: number;
  /** Most sums along columns in one loop; those of a loop stay in registers. Default: any number. */
  readonly mostSums?: number;
  /** A value to load, because a reduction has stored it. */
  readonly stashed?: Stash | undefined;
  /** Bytes between the sums of two rows, if result 0 is in scratch memory. */
  readonly sumsRowBytes?: number;
}

/** The loops of a translation. Bodies are numbered from the outermost one, which is in no loop. */
export interface WideLevels {
  /** The loops other than the one over vectors. */
  readonly loops: readonly WideAxis[];
  /** Level of the body of the loop over vectors. */
  readonly vector: number;
  /** Levels of the bodies of the others. */
  readonly others: readonly number[];
}

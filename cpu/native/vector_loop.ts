/**
 * The form of loops over vectors from which machine code is generated: straight-line code on vector
 * registers, inside loops that advance pointers.
 *
 * Values are numbered. Each has one definition, which comes before its uses, and is the same in all
 * iterations of the loops around its uses that are not around its definition.
 */

/** The number of a value: a vector. */
export type ValueId = number;

/** Instructions that compute a vector from vectors, by the names of their WebAssembly counterparts. */
export type VectorOp = keyof typeof VECTOR_OPS;

/** An instruction: opcode map, mandatory prefix, opcode, and the constant byte at the end. */
export interface VectorOpcode {
  readonly map: 1 | 2 | 3;
  readonly prefix: 0 | 1 | 2 | 3;
  readonly opcode: number;
  readonly immediate?: number;
  /** Whether the operands are in the other order. */
  readonly swapped?: boolean;
}

/** Instructions of one or two operands. */
export const VECTOR_OPS = {
  "f32x4.add": { map: 1, prefix: 0, opcode: 0x58 },
  "f32x4.sub": { map: 1, prefix: 0, opcode: 0x5c },
  "f32x4.mul": { map: 1, prefix: 0, opcode: 0x59 },
  "f32x4.div": { map: 1, prefix: 0, opcode: 0x5e },
  "f32x4.pmin": { map: 1, prefix: 0, opcode: 0x5d, swapped: true },
  "f32x4.pmax": { map: 1, prefix: 0, opcode: 0x5f, swapped: true },
  "f32x4.sqrt": { map: 1, prefix: 0, opcode: 0x51 },
  "f32x4.nearest": { map: 3, prefix: 1, opcode: 0x08, immediate: 8 },
  "f32x4.floor": { map: 3, prefix: 1, opcode: 0x08, immediate: 9 },
  "f32x4.ceil": { map: 3, prefix: 1, opcode: 0x08, immediate: 10 },
  "f32x4.convert_i32x4_s": { map: 1, prefix: 0, opcode: 0x5b },
  "i32x4.add": { map: 1, prefix: 1, opcode: 0xfe },
  "i32x4.sub": { map: 1, prefix: 1, opcode: 0xfa },
  "i32x4.mul": { map: 2, prefix: 1, opcode: 0x40 },
  "i32x4.min_s": { map: 2, prefix: 1, opcode: 0x39 },
  "i32x4.min_u": { map: 2, prefix: 1, opcode: 0x3b },
  "i32x4.max_s": { map: 2, prefix: 1, opcode: 0x3d },
  "i32x4.max_u": { map: 2, prefix: 1, opcode: 0x3f },
  "i32x4.abs": { map: 2, prefix: 1, opcode: 0x1e },
  "v128.and": { map: 1, prefix: 1, opcode: 0xdb },
  "v128.or": { map: 1, prefix: 1, opcode: 0xeb },
  "v128.xor": { map: 1, prefix: 1, opcode: 0xef },
} as const satisfies Readonly<Record<string, VectorOpcode>>;

/** Instructions of one operand; the others take two. */
export const UNARY_OPS: ReadonlySet<string> = new Set([
  "f32x4.sqrt",
  "f32x4.nearest",
  "f32x4.floor",
  "f32x4.ceil",
  "f32x4.convert_i32x4_s",
  "i32x4.abs",
]);

/** Comparisons, which give a mask: all bits of a lane are set, or none. */
export const COMPARISONS = {
  "f32x4.eq": { of: "f32", predicate: 0 },
  "f32x4.lt": { of: "f32", predicate: 1 },
  "f32x4.le": { of: "f32", predicate: 2 },
  "f32x4.ne": { of: "f32", predicate: 4 },
  "i32x4.eq": { of: "i32", predicate: 0 },
  "i32x4.lt_s": { of: "i32", predicate: 1 },
  "i32x4.le_s": { of: "i32", predicate: 2 },
  "i32x4.ne": { of: "i32", predicate: 4 },
} as const;

/** Name of a comparison. */
export type Comparison = keyof typeof COMPARISONS;

/** Shifts of all lanes by a constant. */
export const SHIFTS = { "i32x4.shl": 6, "i32x4.shr_s": 4, "i32x4.shr_u": 2 } as const;

/** Name of a shift. */
export type Shift = keyof typeof SHIFTS;

/** How a value is computed. Offsets are in bytes. */
export type Definition =
  /** Lane i holds the bits of `first` + i · `step`. */
  | { readonly kind: "literal"; readonly first: number; readonly step: number }
  /** A word of the call, counted from {@linkcode VectorLoop.values} on, in all lanes. */
  | { readonly kind: "argument"; readonly word: number }
  /** A vector at a pointer, plus the position in the vector loop. */
  | { readonly kind: "load"; readonly pointer: number; readonly offset: number }
  /** An element at a pointer, in all lanes. */
  | { readonly kind: "element"; readonly pointer: number; readonly offset: number }
  /** The pointer itself, as an integer in all lanes. */
  | { readonly kind: "position"; readonly pointer: number }
  /** The position in the vector loop, in elements. */
  | { readonly kind: "lane" }
  /** The elements whose distances from the pointer are in a vector. */
  | {
    readonly kind: "gather";
    readonly pointer: number;
    readonly offset: number;
    readonly args: readonly [ValueId];
  }
  /** The same, if all are among the `length` elements, at most 16, at the pointer. */
  | {
    readonly kind: "window";
    readonly pointer: number;
    readonly offset: number;
    readonly length: number;
    readonly args: readonly [ValueId];
  }
  | { readonly kind: "op"; readonly op: VectorOp; readonly args: readonly ValueId[] }
  | {
    readonly kind: "comparison";
    readonly op: Comparison;
    readonly args: readonly [ValueId, ValueId];
  }
  | {
    readonly kind: "shift";
    readonly op: Shift;
    readonly count: number;
    readonly args: readonly [ValueId];
  }
  /** a · b + c, or c − a · b, rounded once. */
  | {
    readonly kind: "multiplyAdd";
    readonly negated: boolean;
    readonly args: readonly [ValueId, ValueId, ValueId];
  }
  /** The truncated integer; NaN becomes 0, and what is too large the nearest integer. */
  | { readonly kind: "truncate"; readonly args: readonly [ValueId] }
  /** The first value where the mask, the last one, is set; elsewhere the second. */
  | { readonly kind: "select"; readonly args: readonly [ValueId, ValueId, ValueId] };

/** One step of a loop's body. */
export type Item =
  | { readonly kind: "define"; readonly id: ValueId; readonly definition: Definition }
  | {
    readonly kind: "store";
    readonly pointer: number;
    readonly offset: number;
    readonly value: ValueId;
  }
  /** Replaces a value that is defined outside of the loop by its sum (or the like) with another. */
  | {
    readonly kind: "combine";
    /** The instruction; `"replace"` takes the other value as it is. */
    readonly op: VectorOp | "replace";
    readonly into: ValueId;
    readonly value: ValueId;
  }
  /** Writes a vector to the results of the call, from an element of them on. */
  | { readonly kind: "return"; readonly element: number; readonly value: ValueId }
  | { readonly kind: "loop"; readonly loop: Loop };

/** A loop. */
export interface Loop {
  /**
   * Number of iterations, at least 1: a constant, or a word of the call. The loop over vectors takes
   * two words, the number of iterations and a mask of the lanes after them, which may both be 0. An
   * iteration covers one vector, or several copies of it; then there are no lanes after them.
   */
  readonly turns:
    | number
    | { readonly word: number }
    | { readonly vectors: number; readonly copies: number };
  /** Bytes (for positions, units) by which pointers grow with each iteration. */
  readonly steps: readonly { readonly pointer: number; readonly bytes: number }[];
  readonly body: readonly Item[];
}

/**
 * Thrown where code has no form as a loop over vectors, or where such a loop needs more counters,
 * registers, or stack than there are. The code is then compiled to WebAssembly only.
 */
export class Unsupported extends Error {}

/** A function: loops, and the words of a call from which they start. */
export interface VectorLoop {
  /** Number of words of a call. */
  readonly words: number;
  /** The first word that is a value. */
  readonly values: number;
  /** The word of each pointer, and whether it is an address in the heap or a plain integer. */
  readonly pointers: readonly { readonly word: number; readonly isAddress: boolean }[];
  readonly body: readonly Item[];
}

/** The values that an item uses. */
export function usesOf(item: Item): readonly ValueId[] {
  switch (item.kind) {
    case "define":
      return "args" in item.definition ? item.definition.args : [];
    case "store":
    case "return":
      return [item.value];
    case "combine":
      return [item.into, item.value];
    case "loop": {
      const defined = new Set<ValueId>();
      const used = new Set<ValueId>();
      for (const inner of item.loop.body) {
        for (const id of usesOf(inner)) if (!defined.has(id)) used.add(id);
        if (inner.kind === "define") defined.add(inner.id);
      }
      return [...used];
    }
  }
}

/** Functions of vectors that AVX2 and AVX-512 compute in different ways. */
import type { LiteralCode } from "./literals.ts";
import { type Comparison, COMPARISONS, type Shift, SHIFTS, VECTOR_OPS } from "./vector_loop.ts";

/** The mask register of single instructions. */
export const TEMPORARY = 2;

/** What functions are assembled with. */
export interface FunctionHost {
  readonly bytes: 32 | 64;
  readonly code: LiteralCode;
  /** Runs `use` with a free register. */
  temporary(use: (register: number) => void): void;
}

/** `vmovaps`, or of some lanes. */
export const MOVE = { map: 1, prefix: 0, opcode: 0x28 } as const;
const COMPARE = { map: 1, prefix: 0, opcode: 0xc2 } as const;

/** A literal that is the same in all lanes. */
function inAllLanes(bytes: number, value: number): readonly number[] {
  return Array.from({ length: bytes / 4 }, () => value);
}

/** Shifts all lanes by a constant. */
export function assembleShift(
  { code }: FunctionHost,
  target: number,
  { op, count, source }: { op: Shift; count: number; source: number },
): void {
  const instruction = { map: 1, prefix: 1, opcode: 0x72, immediate: count & 31 } as const;
  code.emit({ ...instruction, register: SHIFTS[op], second: target, last: source });
}

/** target = a · b + c, or c − a · b. */
export function assembleMultiplyAdd(
  { code }: FunctionHost,
  target: number,
  { a, b, c, negated }: { a: number; b: number; c: number; negated: boolean },
): void {
  code.apply(MOVE, target, 0, c);
  code.apply({ map: 2, prefix: 1, opcode: negated ? 0xbc : 0xb8 }, target, a, b);
}

/** Sets all bits of the lanes where a comparison holds, and no others. */
export function assembleComparison(
  { bytes, code }: FunctionHost,
  target: number,
  { op, a, b }: { op: Comparison; a: number; b: number },
): void {
  const { of, predicate } = COMPARISONS[op];
  if (bytes === 64) {
    const compare = of === "f32" ? COMPARE : { map: 3, prefix: 1, opcode: 0x1f } as const;
    code.emit({ ...compare, register: TEMPORARY, second: a, last: b, immediate: predicate });
    const ones = { map: 3, prefix: 1, opcode: 0x25, immediate: 0xff } as const;
    const mask = { register: TEMPORARY, zeroing: true };
    code.emit({ ...ones, register: target, second: target, last: target, mask });
    return;
  }
  if (of === "f32") {
    code.apply({ ...COMPARE, immediate: predicate }, target, a, b);
    return;
  }
  const equal = { map: 1, prefix: 1, opcode: 0x76 } as const;
  const greater = { map: 1, prefix: 1, opcode: 0x66 } as const;
  if (op === "i32x4.eq" || op === "i32x4.ne") code.apply(equal, target, a, b);
  else if (op === "i32x4.lt_s") code.apply(greater, target, b, a);
  else code.apply(greater, target, a, b);
  if (op === "i32x4.ne" || op === "i32x4.le_s") {
    code.apply(VECTOR_OPS["v128.xor"], target, target, inAllLanes(bytes, -1));
  }
}

/** target = whenTrue where the mask is set, whenFalse elsewhere. */
export function assembleSelect(
  { bytes, code }: FunctionHost,
  target: number,
  { whenTrue, whenFalse, mask }: { whenTrue: number; whenFalse: number; mask: number },
): void {
  const blend = { register: target, second: whenFalse, last: whenTrue } as const;
  if (bytes === 32) {
    code.emit({ map: 3, prefix: 1, opcode: 0x4a, ...blend, immediate: mask << 4 });
    return;
  }
  const test = { map: 2, prefix: 1, opcode: 0x27 } as const;
  code.apply(test, TEMPORARY, mask, mask);
  const lanes = { register: TEMPORARY, zeroing: false };
  code.emit({ map: 2, prefix: 1, opcode: 0x65, ...blend, mask: lanes });
}

/** The truncated integer; NaN becomes 0, and what is too large the nearest integer. */
export function assembleTruncation(host: FunctionHost, target: number, source: number): void {
  const { bytes, code } = host;
  const limit = inAllLanes(bytes, new Int32Array(Float32Array.of(2 ** 31).buffer)[0]!);
  const convert = { map: 1, prefix: 2, opcode: 0x5b } as const;
  host.temporary((number) => {
    if (bytes === 32) {
      code.apply({ ...COMPARE, immediate: 0 }, number, source, source);
      code.apply(VECTOR_OPS["v128.and"], number, number, source);
      code.apply(convert, target, 0, number);
      code.apply({ ...COMPARE, immediate: 5 }, number, number, limit);
      code.apply(VECTOR_OPS["v128.xor"], target, target, number);
      return;
    }
    code.apply({ ...COMPARE, immediate: 0 }, TEMPORARY, source, source);
    const mask = { register: TEMPORARY, zeroing: true };
    code.emit({ ...MOVE, register: number, last: source, mask });
    code.apply({ ...COMPARE, immediate: 5 }, TEMPORARY, number, limit);
    code.apply(convert, target, 0, number);
    const flip = { second: target, last: inAllLanes(bytes, -1) };
    const merge = { register: TEMPORARY, zeroing: false };
    code.emit({ ...VECTOR_OPS["v128.xor"], register: target, ...flip, mask: merge });
  });
}

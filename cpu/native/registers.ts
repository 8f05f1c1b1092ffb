/** Names of the general-purpose registers, and their numbers in instructions. */
export const REGISTERS = {
  rax: 0,
  rcx: 1,
  rdx: 2,
  rbx: 3,
  rsp: 4,
  rbp: 5,
  rsi: 6,
  rdi: 7,
  r8: 8,
  r9: 9,
  r10: 10,
  r11: 11,
  r12: 12,
  r13: 13,
  r14: 14,
  r15: 15,
} as const;

/** A general-purpose register. */
export type Register = keyof typeof REGISTERS;

/** One of the first eight registers, whose instructions need no prefix. */
export type LowRegister = Exclude<Register, `r${8 | 9 | 10 | 11 | 12 | 13 | 14 | 15}`>;

/** The memory at `base + index + offset`. */
export interface Memory {
  readonly base: Register;
  readonly offset: number;
  /** Any register but `rsp`; or, for a gather, the number of a vector of element offsets. */
  readonly index?: Register | { readonly elements: number };
}

/** Width of vector registers in bytes. */
export type VectorBytes = 16 | 32 | 64;

/** Number of f32 elements in a vector register: 4 in WebAssembly, more in native code. */
export type Lanes = 4 | 8 | 16;

/** Number of vector registers by their lanes. */
export const VECTOR_REGISTERS: Readonly<Record<Lanes, number>> = { 4: 16, 8: 16, 16: 32 };

/** Number of lanes by the width of a register. */
export const LANES: Readonly<Record<VectorBytes, Lanes>> = { 16: 4, 32: 8, 64: 16 };

/** Binary encodings of memory operands and of vector instructions: VEX, and EVEX for AVX-512. */
import { type Memory, REGISTERS, type VectorBytes } from "./registers.ts";

/**
 * An operand in a vector register, by its number, or in memory, or a literal by its lanes. A literal
 * is in memory, too; its distance from the instruction is filled in later.
 */
export type VectorOperand = number | Memory | readonly number[];

/** Lanes that an instruction writes, by the number of a mask register; only in EVEX. */
export interface LaneMask {
  readonly register: number;
  /** Whether the other lanes become 0. */
  readonly zeroing: boolean;
}

/** The encoding of one vector instruction. */
export interface VectorInstruction {
  /** Opcode map, mandatory prefix (0 for none, then 66, F3, F2), and opcode, as in the manual. */
  readonly map: 1 | 2 | 3;
  readonly prefix: 0 | 1 | 2 | 3;
  readonly opcode: number;
  /** The register operand, the second source if there is one, and the last operand. */
  readonly register: number;
  readonly second?: number;
  readonly last: VectorOperand;
  /** Bytes that a memory operand covers, the unit of short offsets in EVEX. Default: a vector. */
  readonly memoryBytes?: number;
  readonly mask?: LaneMask | undefined;
  /** A constant byte at the end. */
  readonly immediate?: number | undefined;
}

/**
 * Appends an instruction for vectors of the given width. The low three bits of the numbers of
 * registers are after the opcode; the others, inverted, are before it.
 */
export function pushVector(
  bytes: number[],
  { map, prefix, opcode, register, second = 0, last, mask, memoryBytes, immediate }:
    VectorInstruction,
  vectorBytes: VectorBytes,
): void {
  const memory = typeof last === "number" || isLiteral(last) ? undefined : last;
  const base = typeof last === "number" ? last : memory ? REGISTERS[memory.base] : 0;
  const index = memory ? indexOf(memory) : 0;
  const first = (~register & 8) << 4 | (~base & 8) << 2 | map;
  const next = (~second & 15) << 3 | prefix;
  if (vectorBytes === 64) {
    // The fifth bit of a register operand is where the fourth of an index is.
    const high = typeof last === "number" ? (~base & 16) << 2 : (~index & 8) << 3;
    const isGather = typeof memory?.index === "object";
    const lanes = (mask?.zeroing ? 0x80 : 0) | (mask?.register ?? 0);
    const fifth = (~(isGather ? index : second) & 16) >> 1;
    bytes.push(0x62, first | high | ~register & 16, next | 4, lanes | 0x40 | fifth, opcode);
  } else bytes.push(0xc4, first | (~index & 8) << 3, next | (vectorBytes === 32 ? 4 : 0), opcode);
  const middle = (register & 7) << 3;
  const unit = vectorBytes === 64 ? memoryBytes ?? vectorBytes : 1;
  if (typeof last === "number") bytes.push(0xc0 | middle | last & 7);
  else if (memory) pushMemory(bytes, middle, memory, unit);
  else bytes.push(middle | 5, 0, 0, 0, 0);
  if (immediate !== undefined) bytes.push(immediate);
}

/** Whether an operand is a literal. */
export function isLiteral(operand: VectorOperand): operand is readonly number[] {
  return Array.isArray(operand);
}

function indexOf({ index }: Memory): number {
  if (index === undefined) return 0;
  return typeof index === "object" ? index.elements : REGISTERS[index];
}

/**
 * Appends a memory operand with an offset in units of `unit`; `middle` holds the bits of the register
 * operand.
 */
export function pushMemory(bytes: number[], middle: number, memory: Memory, unit: number): void {
  const { base, offset, index } = memory;
  const low = REGISTERS[base] & 7;
  const short = offset / unit;
  const isShort = Number.isInteger(short) && short >= -128 && short < 128;
  const size = offset === 0 && low !== 5 ? 0 : isShort ? 0x40 : 0x80;
  // Base rsp needs an index byte, which then names no index.
  const isIndexed = index !== undefined || low === 4;
  bytes.push(size | middle | (isIndexed ? 4 : low));
  if (index !== undefined) {
    bytes.push((typeof index === "object" ? 0x80 : 0) | (indexOf(memory) & 7) << 3 | low);
  } else if (isIndexed) bytes.push(0x24);
  if (size === 0x40) bytes.push(short & 0xff);
  else if (size === 0x80) pushWord(bytes, offset);
}

/** Whether a number has at most 32 bits, with its sign. */
export function isWord(value: number): boolean {
  return value >= -(2 ** 31) && value < 2 ** 31;
}

/** Appends the bytes of a number of 32 bits, low byte first. */
export function pushWord(bytes: number[], value: number): void {
  checkWord(value);
  bytes.push(value & 0xff, value >> 8 & 0xff, value >> 16 & 0xff, value >> 24 & 0xff);
}

/** Replaces four bytes by a number of 32 bits. */
export function setWord(bytes: number[], position: number, value: number): void {
  checkWord(value);
  for (let i = 0; i < 4; i++) bytes[position + i] = value >> 8 * i & 0xff;
}

function checkWord(value: number): void {
  if (!isWord(value)) {
    throw new Error(`Internal: an instruction holds 32 bits: current value is ${value}`);
  }
}

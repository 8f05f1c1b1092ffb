/** Binary encodings of memory operands and of vector instructions: VEX, and EVEX for AVX-512. */
import { type Memory, REGISTERS, type VectorBytes } from "./registers.ts";

/** A literal in memory, whose distance from the instruction is filled in later. */
interface Literal {
  /** Name of the literal. */
  readonly literal: string;
}

/** An operand in a vector register, by its number, or in memory. */
export type VectorOperand = number | Memory | Literal;

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
  /** Bytes that a memory operand covers; the unit of short offsets in EVEX. */
  readonly memoryBytes: number;
  readonly mask?: LaneMask | undefined;
  /** A constant byte at the end. */
  readonly immediate?: number | undefined;
}

/** Encodes an instruction for vectors of the given width. */
export function encodeVector(
  instruction: VectorInstruction,
  vectorBytes: VectorBytes,
): readonly number[] {
  return vectorBytes === 64 ? encodeEvex(instruction) : encodeVex(instruction, vectorBytes);
}

function encodeVex(
  { map, prefix, opcode, register, second = 0, last, immediate }: VectorInstruction,
  vectorBytes: 16 | 32,
): readonly number[] {
  const { base, index } = numbersOf(last);
  return [
    0xc4,
    inverted(register, 3, 7) | inverted(index, 3, 6) | inverted(base, 3, 5) | map,
    (~second & 15) << 3 | (vectorBytes === 32 ? 4 : 0) | prefix,
    opcode,
    ...encodeLast(register, last, 1),
    ...(immediate === undefined ? [] : [immediate]),
  ];
}

function encodeEvex(
  { map, prefix, opcode, register, second = 0, last, memoryBytes, mask, immediate }:
    VectorInstruction,
): readonly number[] {
  const { base, index } = numbersOf(last);
  const isGather = typeof last === "object" && "index" in last && typeof last.index === "object";
  // The fifth bit of a register operand is where the fourth of an index is.
  const high = typeof last === "number" ? inverted(base, 4, 6) : inverted(index, 3, 6);
  return [
    0x62,
    inverted(register, 3, 7) | high | inverted(base, 3, 5) | inverted(register, 4, 4) | map,
    (~second & 15) << 3 | 4 | prefix,
    (mask?.zeroing ? 0x80 : 0) | 0x40 | inverted(isGather ? index : second, 4, 3) |
    (mask?.register ?? 0),
    opcode,
    ...encodeLast(register, last, memoryBytes),
    ...(immediate === undefined ? [] : [immediate]),
  ];
}

/** The numbers of the registers in the last operand; 0 if there is none. */
function numbersOf(last: VectorOperand): { base: number; index: number } {
  if (typeof last === "number") return { base: last, index: 0 };
  return "literal" in last
    ? { base: 0, index: 0 }
    : { base: REGISTERS[last.base], index: indexOf(last) };
}

function indexOf({ index }: Memory): number {
  if (index === undefined) return 0;
  return typeof index === "object" ? index.elements : REGISTERS[index];
}

/** The end of an instruction: a register, or memory with an offset in units of `unit`. */
function encodeLast(register: number, last: VectorOperand, unit: number): readonly number[] {
  const middle = (register & 7) << 3;
  if (typeof last === "number") return [0xc0 | middle | last & 7];
  return "literal" in last ? [middle | 5, 0, 0, 0, 0] : encodeMemory(middle, last, unit);
}

/** Encodes a memory operand; `middle` holds the bits of the register operand. */
export function encodeMemory(middle: number, memory: Memory, unit: number): readonly number[] {
  const { base, offset, index } = memory;
  const low = REGISTERS[base] & 7;
  // Base rsp needs an index byte, which then names no index.
  const scale = typeof index === "object" ? 0x80 : 0;
  const indexed = index !== undefined
    ? [scale | (indexOf(memory) & 7) << 3 | low]
    : low === 4
    ? [0x24]
    : [];
  const form = middle | (indexed.length > 0 ? 4 : low);
  const short = offset / unit;
  if (offset === 0 && low !== 5) return [form, ...indexed];
  if (Number.isInteger(short) && short >= -128 && short < 128) {
    return [0x40 | form, ...indexed, short & 0xff];
  }
  return [0x80 | form, ...indexed, ...wordBytes(offset)];
}

/** The bytes of a number of 32 bits, low byte first. */
export function wordBytes(value: number): readonly number[] {
  if (value < -(2 ** 31) || value >= 2 ** 31) {
    throw new Error(`Internal: an instruction holds 32 bits: current value is ${value}`);
  }
  return [value & 0xff, value >> 8 & 0xff, value >> 16 & 0xff, value >> 24 & 0xff];
}

/** One bit of a register's number, inverted, at another place. */
function inverted(number: number, bit: number, at: number): number {
  return (~number >> bit & 1) << at;
}

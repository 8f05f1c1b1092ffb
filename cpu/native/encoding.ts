/** Binary encodings of memory operands and of vector instructions: VEX, and EVEX for AVX-512. */
import { type Memory, REGISTERS, type VectorBytes } from "./registers.ts";

/** An operand in a vector register, by its number, or in memory. */
export type VectorOperand = number | Memory;

/** The encoding of one vector instruction. */
export interface VectorInstruction {
  /** Opcode map, mandatory prefix, and opcode, as in the manual. */
  readonly map: 1 | 2;
  readonly prefix: 0 | 1;
  readonly opcode: number;
  /** The register operand, the second source if there is one, and the last operand. */
  readonly register: number;
  readonly second?: number;
  readonly last: VectorOperand;
  /** Bytes that a memory operand covers; the unit of short offsets in EVEX. */
  readonly memoryBytes: number;
}

/** Encodes an instruction for vectors of the given width. */
export function encodeVector(
  instruction: VectorInstruction,
  vectorBytes: VectorBytes,
): readonly number[] {
  return vectorBytes === 64 ? encodeEvex(instruction) : encodeVex(instruction, vectorBytes);
}

function encodeVex(
  { map, prefix, opcode, register, second = 0, last }: VectorInstruction,
  vectorBytes: 16 | 32,
): readonly number[] {
  const base = baseOf(last);
  return [
    0xc4,
    inverted(register, 3, 7) | 0x40 | inverted(base, 3, 5) | map,
    (~second & 15) << 3 | (vectorBytes === 32 ? 4 : 0) | prefix,
    opcode,
    ...encodeLast(register, last, 1),
  ];
}

function encodeEvex(
  { map, prefix, opcode, register, second = 0, last, memoryBytes }: VectorInstruction,
): readonly number[] {
  const base = baseOf(last);
  return [
    0x62,
    inverted(register, 3, 7) | inverted(base, 4, 6) | inverted(base, 3, 5) |
    inverted(register, 4, 4) | map,
    (~second & 15) << 3 | 4 | prefix,
    0x40 | inverted(second, 4, 3),
    opcode,
    ...encodeLast(register, last, memoryBytes),
  ];
}

function baseOf(last: VectorOperand): number {
  return typeof last === "number" ? last : REGISTERS[last.base];
}

/** The end of an instruction: a register, or memory with an offset in units of `unit`. */
function encodeLast(register: number, last: VectorOperand, unit: number): readonly number[] {
  const middle = (register & 7) << 3;
  return typeof last === "number" ? [0xc0 | middle | last & 7] : encodeMemory(middle, last, unit);
}

/** Encodes a memory operand; `middle` holds the bits of the register operand. */
export function encodeMemory(
  middle: number,
  { base, offset }: Memory,
  unit: number,
): readonly number[] {
  const low = REGISTERS[base] & 7;
  const index = low === 4 ? [0x24] : []; // rsp needs an index byte, which names no index
  const short = offset / unit;
  if (offset === 0 && low !== 5) return [middle | low, ...index];
  if (Number.isInteger(short) && short >= -128 && short < 128) {
    return [0x40 | middle | low, ...index, short & 0xff];
  }
  return [0x80 | middle | low, ...index, ...wordBytes(offset)];
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

import type { MatmulKernel, MatrixOperand } from "../../../graph/kernel.ts";
import type { SlotAccess } from "../../wgsl/slot_access.ts";
import { range } from "../range.ts";

/**
 * The direction in which four adjacent elements of an operand can be loaded as a vec4: along `k`,
 * `across` it (rows of a, columns of b), or neither.
 */
export interface OperandForm {
  readonly operand: MatrixOperand;
  readonly fours: "k" | "across" | "none";
  readonly kStride: number;
  readonly acrossStride: number;
}

/** Determines how to load operand `a` or `b` of a matrix product. */
export function operandForm(kernel: MatmulKernel, name: "a" | "b"): OperandForm {
  const operand = kernel[name];
  const [kStride, acrossStride] = name === "a"
    ? [operand.columnStride, operand.rowStride]
    : [operand.rowStride, operand.columnStride];
  const acrossSize = name === "a" ? kernel.m : kernel.n;
  const isAligned = [operand.offset, ...operand.batchStrides].every((value) => value % 4 === 0);
  const alongK = isAligned && kStride === 1 && (acrossStride % 4 === 0 || acrossSize === 1);
  const along = isAligned && acrossStride === 1 && (kStride % 4 === 0 || kernel.k === 1);
  return { operand, fours: alongK ? "k" : along ? "across" : "none", kStride, acrossStride };
}

/**
 * Whether the elements of an operand that is not aligned can be loaded as parts of vec4s: the index
 * of an element modulo four must not depend on the tile, which has `lines` of all `size` lines, nor
 * on the group of four positions of k.
 */
export function isShifted(
  { operand: { batchStrides }, fours, kStride, acrossStride }: OperandForm,
  { lines, size }: { readonly lines: number; readonly size: number },
): boolean {
  return fours === "none" && (kStride === 1 || acrossStride === 1) &&
    batchStrides.every((stride) => stride % 4 === 0) &&
    (lines * acrossStride % 4 === 0 || lines >= size);
}

/** The vec4s that contain `lines` adjacent lines at four positions of k. */
export function shiftedLoads(
  { operand: { offset }, kStride, acrossStride }: OperandForm,
  lines: number,
): number {
  const vec4s = range(4).flatMap((step) =>
    range(lines).map((line) => Math.floor((offset + step * kStride + line * acrossStride) / 4))
  );
  return new Set(vec4s).size;
}

/** Where an element is: the offset of the batch's matrix, and positions along and across k. */
interface Place {
  readonly base: string;
  readonly k: string;
  readonly across: string;
}

/** Prints the load of one element. */
export function loadOne(access: SlotAccess, form: OperandForm, place: Place): string {
  return access.load(form.operand.slot, indexOf(form, place), false);
}

/** Prints the load of four adjacent elements, the first at a multiple of 4. */
export function loadFour(access: SlotAccess, form: OperandForm, place: Place): string {
  return access.load(form.operand.slot, `(${indexOf(form, place)}) >> 2u`, true);
}

function indexOf({ kStride, acrossStride }: OperandForm, { base, k, across }: Place): string {
  return sum([base, scaled(k, kStride), scaled(across, acrossStride)]);
}

function scaled(text: string, stride: number): string {
  if (stride === 0) return "";
  return stride === 1 ? text : `${text} * ${stride}i`;
}

function sum(terms: readonly string[]): string {
  return terms.filter((term) => term !== "" && term !== "0i").join(" + ") || "0i";
}

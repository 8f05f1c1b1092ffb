import type { Printer } from "../../wgsl/printer.ts";
import type { SlotAccess } from "../../wgsl/slot_access.ts";
import { lastIndex, maskOf } from "../last_index.ts";
import { range } from "../range.ts";
import type { OperandForm } from "./operand.ts";
import {
  type LoadFour,
  NEAR_BYTES,
  type OperandPointers,
  type RunElements,
} from "./operand_lines.ts";

/** The lines of an operand that a tile needs, whose elements are loaded in shifted vec4s. */
export interface ShiftedLines {
  readonly name: "a" | "b";
  readonly form: OperandForm;
  /** The offset of the batch's matrix, as WGSL. */
  readonly base: string;
  /** Number of positions of k. */
  readonly k: number;
  /** Groups of adjacent lines: the first, as WGSL, and their number. */
  readonly groups: readonly { readonly first: string; readonly count: number }[];
}

/** The first element of a line: `offset` elements after a pointer to vec4s. */
interface Place {
  readonly pointer: string;
  readonly offset: number;
}

/**
 * Declares variables for the indices of lines that are not aligned; see `isShifted`. Their elements
 * are loaded in the vec4s that contain them. Which component each of them is, is known: k advances
 * in fours and tiles begin at multiples of four, so the index of an element modulo four is the same
 * in each trip and invocation. Lines past the end of the operand are loaded, too, and not stored.
 * @param four the first four positions of k, as WGSL
 */
export function pointAtShifted(
  printer: Printer,
  access: SlotAccess,
  lines: ShiftedLines,
  four: string,
): OperandPointers {
  const { name, form: { kStride } } = lines;
  const runs = placesOf(printer, lines, four);
  // the same for all invocations of a workgroup in most trips
  const moved = printer.name(`${name}Moved`);
  printer.emit(`var ${moved} = 0i;`);
  return {
    prepare: () => loadsOf(printer, access, lines, { runs, moved }),
    advance(fours, times) {
      printer.emit(`${moved} += ${times ? `${times} * ` : ""}${fours * kStride}i;`);
    },
  };
}

/** Prints the indices of a trip. Its loads are before their first use, once for each vec4. */
function loadsOf(
  printer: Printer,
  access: SlotAccess,
  { name, form: { operand: { slot }, kStride }, k }: ShiftedLines,
  { runs, moved }: { readonly runs: readonly (readonly Place[])[]; readonly moved: string },
): LoadFour {
  const distance = printer.define("moved", `${moved} & ${maskOf(k * kStride / 4)}`);
  const pointers = new Set(runs.flat().map(({ pointer }) => pointer));
  const at = new Map([...pointers].map((pointer) => [
    pointer,
    printer.define("at", `${pointer} + ${distance}`),
  ]));
  const loaded = new Map<string, string>();
  const load = (index: string): string => {
    const known = loaded.get(index);
    if (known) return known;
    const vec4 = printer.define(name, access.load(slot, index, true));
    loaded.set(index, vec4);
    return vec4;
  };
  const elementOf = ({ pointer, offset }: Place, k: number): Element => {
    const element = offset + k * kStride;
    const vec4 = load(`${at.get(pointer)} + ${Math.floor(element / 4)}i`);
    return { vec4, component: element % 4 };
  };
  return (four) => (step) =>
    runs.map((places) => elementsOf(places.map((place) => elementOf(place, 4 * four + step))));
}

/** A component of a vec4 variable. */
interface Element {
  readonly vec4: string;
  readonly component: number;
}

/** The elements of a run, which may be one vec4. */
function elementsOf(elements: readonly Element[]): RunElements {
  const [first] = elements;
  const isWhole = elements.length === 4 &&
    elements.every(({ vec4, component }, i) => vec4 === first!.vec4 && component === i);
  return isWhole ? first!.vec4 : elements.map(({ vec4, component }) => `${vec4}[${component}]`);
}

/**
 * The places of all lines, in runs of at most four. Lines that are far apart have separate pointers.
 */
function placesOf(
  printer: Printer,
  { name, form: { operand, kStride, acrossStride }, base, groups }: ShiftedLines,
  four: string,
): readonly (readonly Place[])[] {
  const declare = (line: string): string => {
    const index = `${base} + (${line}) * ${acrossStride}i + ${four} * ${4 * kStride}i`;
    return printer.define(`${name}At`, `((${index}) >> 2u) & ${lastIndex(4)}`);
  };
  return groups.flatMap(({ first, count }) => {
    let near = { line: 0, pointer: declare(first) };
    const places = range(count).map((i): Place => {
      if (4 * (i - near.line) * acrossStride >= NEAR_BYTES) {
        near = { line: i, pointer: declare(`${first} + ${i}i`) };
      }
      const start = (operand.offset + near.line * acrossStride) % 4;
      return { pointer: near.pointer, offset: start + (i - near.line) * acrossStride };
    });
    return range(Math.ceil(count / 4)).map((run) => places.slice(4 * run, 4 * run + 4));
  });
}

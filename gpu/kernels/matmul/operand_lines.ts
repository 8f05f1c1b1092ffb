import type { Printer } from "../../wgsl/printer.ts";
import type { SlotAccess } from "../../wgsl/slot_access.ts";
import { lastIndex } from "../last_index.ts";
import { plus } from "../plus.ts";
import { range } from "../range.ts";
import type { OperandForm } from "./operand.ts";

/** The lines of an operand that a tile needs: rows of a, or columns of b. */
export interface LinesOfTile {
  readonly name: "a" | "b";
  readonly form: OperandForm;
  /** The offset of the batch's matrix, as WGSL. */
  readonly base: string;
  /** Runs of at most four adjacent lines, as WGSL. */
  readonly runs: readonly (readonly string[])[];
  /** Whether the lines of a run differ by 1, as none is limited to the last of the operand. */
  readonly isExact: boolean;
}

/** Elements of a run at one position of k: a `vec4f`, or one scalar for each line. */
export type RunElements = string | readonly string[];

/** Prints loads of four positions of k, and returns the elements of each run by position. */
export type LoadFour = (four: number) => (step: number) => RunElements[];

/** Variables with the indices of an operand's elements. */
export interface OperandPointers {
  /** Starts a trip. The numbers of its loads are relative to the trip's first four positions. */
  readonly prepare: () => LoadFour;
  /** Moves the variables by `fours` × four positions of k, or by `share` times as many. */
  readonly advance: (fours: number, times?: "share") => void;
}

/** A variable that counts elements, or vec4s. */
interface Pointer {
  readonly name: string;
  readonly unit: 1 | 4;
}

/** The first element of a line or a run: a pointer and a constant. */
interface Place {
  readonly pointer: Pointer;
  readonly offset: number;
}

/** Offsets in bytes that fit in the instruction of a load on all GPUs. */
export const NEAR_BYTES = 4096;

/**
 * Declares variables for the indices of an operand's lines.
 * @param four the first four positions of k, as WGSL
 */
export function pointAt(
  printer: Printer,
  access: SlotAccess,
  lines: LinesOfTile,
  four: string,
): OperandPointers {
  const { form: { kStride, acrossStride }, name, base } = lines;
  const pointers: Pointer[] = [];
  const declare = (line: string, unit: 1 | 4): Pointer => {
    const pointer = { name: printer.name(`${name}At`), unit };
    const index = `${base} + ${line} * ${acrossStride}i + ${four} * ${4 * kStride}i`;
    printer.emit(`var ${pointer.name} = ${unit === 4 ? `(${index}) >> 2u` : index};`);
    pointers.push(pointer);
    return pointer;
  };
  const runs = lines.runs.map((run) => placesOf(lines, run, declare));
  return {
    prepare() {
      const at = new Map(pointers.map((pointer) => [
        pointer,
        printer.define("at", `${pointer.name} & ${lastIndex(pointer.unit)}`),
      ]));
      return (four) => {
        const loaded = runs.map((places) => loadRun(printer, access, lines, { places, at, four }));
        return (step) => loaded.map((elementsAt) => elementsAt(step));
      };
    },
    advance(fours, times) {
      for (const { name, unit } of pointers) {
        printer.emit(`${name} += ${times ? `${times} * ` : ""}${4 * fours * kStride / unit}i;`);
      }
    },
  };
}

/** Prints loads of a run at four positions of k, and returns its elements by position. */
function loadRun(
  printer: Printer,
  access: SlotAccess,
  { name, form: { operand: { slot }, fours, kStride } }: LinesOfTile,
  { places, at, four }: {
    readonly places: readonly Place[];
    /** The indices of this trip. */
    readonly at: ReadonlyMap<Pointer, string>;
    readonly four: number;
  },
): (step: number) => RunElements {
  const load = ({ pointer, offset }: Place, k: number) => {
    const index = plus(at.get(pointer)!, (offset + k * kStride) / pointer.unit);
    return printer.define(name, access.load(slot, index, pointer.unit === 4));
  };
  if (fours === "k") {
    const names = places.map((place) => load(place, 4 * four));
    return (step) => names.map((name) => `${name}[${step}]`);
  }
  const loadStep = (step: number) => places.map((place) => load(place, 4 * four + step));
  // Scalars are too many to keep those of four positions in registers.
  if (places[0]!.pointer.unit === 1) return loadStep;
  const steps = range(4).map((step) => loadStep(step)[0]!);
  return (step) => steps[step]!;
}

/** One place for four lines that are loaded together, or one for each line. */
function placesOf(
  { form: { fours, acrossStride }, isExact }: LinesOfTile,
  run: readonly string[],
  declare: (line: string, unit: 1 | 4) => Pointer,
): Place[] {
  const [first] = run as [string];
  if (fours === "across" && run.length === 4) return [{ pointer: declare(first, 4), offset: 0 }];
  const unit = fours === "k" ? 4 : 1;
  const shared = declare(first, unit);
  return run.map((line, i) => {
    const offset = i * acrossStride;
    const isNear = isExact && 4 * offset < NEAR_BYTES;
    return i === 0 || isNear
      ? { pointer: shared, offset }
      : { pointer: declare(line, unit), offset: 0 };
  });
}

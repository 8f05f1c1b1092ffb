/** Violations: generated code records them in memory, and the main thread reports them. */
import type { Plan, Slot } from "../../graph/plan.ts";
import { elementCount, formatType } from "../../graph/types.ts";
import { VIOLATION } from "../runtime/layout.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type { FunctionHandle } from "../wasm/function_builder.ts";
import { CheckError } from "./check_error.ts";
import type { Region } from "./regions.ts";

/** Codes of the kinds of violation. */
export const FAULT = {
  "load 1": 0,
  "load 2": 1,
  "load 4": 2,
  "load 8": 3,
  "load 16": 4,
  "store 1": 5,
  "store 2": 6,
  "store 4": 7,
  "store 8": 8,
  "store 16": 9,
  "fill": 10,
  /** A loop with too many or too few iterations. */
  "turns": 11,
  /** A used element outside its slot, whose load was clamped. */
  "index": 12,
  /** A range that native code would access. */
  "read": 13,
  "write": 14,
} as const;

/** A kind of violation. */
export type Fault = keyof typeof FAULT;

const names = Object.keys(FAULT) as Fault[];

/**
 * Byte offsets in the record: kernel + 1, fault, detail, a 64-bit position, and the indices of four
 * lanes or the length of a fill.
 */
const RECORD = { kernel: 0, fault: 4, detail: 8, where: 16, indices: 32, end: 48 } as const;

/** Adds `(where, kernel, fault, detail, indices)`: records the first violation and traps. */
export function emitReport(module: ModuleBuilder, shared: boolean): FunctionHandle {
  const params = ["i64", "i32", "i32", "i32", "v128"] as const;
  return module.function(
    "report violation",
    { params },
    (f, where, kernel, fault, detail, indices) => {
      f.i32(VIOLATION + RECORD.kernel);
      if (shared) {
        f.i32(0).get(kernel).i32(1).op("i32.add").memory("i32.atomic.rmw.cmpxchg");
      } else f.memory("i32.load");
      f.op("i32.eqz").if(() => {
        if (!shared) {
          f.i32(VIOLATION + RECORD.kernel).get(kernel).i32(1).op("i32.add").memory("i32.store");
        }
        f.i32(VIOLATION).get(fault).memory("i32.store", RECORD.fault);
        f.i32(VIOLATION).get(detail).memory("i32.store", RECORD.detail);
        f.i32(VIOLATION).get(where).memory("i64.store", RECORD.where);
        f.i32(VIOLATION).get(indices).memory("v128.store", RECORD.indices);
      });
      f.op("unreachable");
    },
  );
}

/** The regions that each kernel of a checked program may access. */
export type CheckedRegions = readonly (readonly Region[])[];

/** Reads and clears the recorded violation; `undefined` if there is none. */
export function takeViolation(
  { buffer }: Uint8Array,
  plan: Plan,
  regions: CheckedRegions,
): CheckError | undefined {
  const record = new DataView(buffer, VIOLATION, RECORD.end);
  const number = record.getInt32(RECORD.kernel, true) - 1;
  if (number < 0) return undefined;
  record.setInt32(RECORD.kernel, 0, true);
  const kernel = plan.dispatches.flatMap(({ kernels }) => kernels)[number]!.label;
  const fault = names[record.getInt32(RECORD.fault, true)]!;
  const detail = record.getInt32(RECORD.detail, true);
  const where = Number(record.getBigInt64(RECORD.where, true));
  const fail = (problem: string, place: { slot?: string; index?: number } = {}): CheckError =>
    new CheckError(`Cannot run "${plan.label}" on cpu: ${problem}`, { kernel, ...place });
  if (fault === "turns") {
    return fail(`a loop of "${kernel}" must run ${where} iterations: current number is ${detail}`);
  }
  if (fault === "index") {
    const slot = plan.slots[detail]!;
    const lane = [0, 1, 2, 3].find((lane) => (where >> lane) & 1)!;
    const index = record.getInt32(RECORD.indices + 4 * lane, true);
    const element = `element ${index} of ${describe(slot)}`;
    return fail(
      `"${kernel}" must only use elements of its slots: current one is ${element}`,
      { slot: slot.label, index },
    );
  }
  const [kind, width] = fault.split(" ") as [string, string | undefined];
  const bytes = width ? Number(width) : record.getInt32(RECORD.indices, true);
  const { at, ...place } = placeOf(plan, { kind, bytes, region: regions[number]?.[detail], where });
  const access = `${kind} of ${bytes} bytes is at ${at}`;
  return fail(`"${kernel}" must stay inside its slots: current ${access}`, place);
}

/** An access that is not allowed. */
interface BadAccess {
  readonly kind: string;
  readonly bytes: number;
  /** The region that it is attributed to, if any. */
  readonly region: Region | undefined;
  /** Bytes from the beginning of the region. */
  readonly where: number;
}

function describe({ label, type }: Slot): string {
  return `"${label}", ${formatType(type)} of ${elementCount(type.shape)} elements`;
}

/** Where an access is: in words, and as a slot and an index. */
function placeOf(
  { slots }: Plan,
  { kind, bytes, region, where }: BadAccess,
): { at: string; slot?: string; index?: number } {
  if (!region) return { at: `address ${where}, which is in none of them` };
  const { byteLength, elementBytes } = region;
  if (region.slot === undefined) {
    return { at: `byte ${where} of ${byteLength} of its scratch memory "${region.name}"` };
  }
  const slot = slots[region.slot]!;
  const first = where / elementBytes;
  const last = (where + bytes) / elementBytes - 1;
  const elements = last > first ? `elements ${first} to ${last}` : `element ${first}`;
  const at = `${elements} of ${describe(slot)}`;
  const isRead = kind === "load" || kind === "read";
  if (!region.writable && !isRead) {
    return { at: `${at}, which it only reads`, slot: slot.label, index: first };
  }
  const index = first < 0 ? first : Math.max(first, byteLength / elementBytes);
  return { at, slot: slot.label, index };
}

/** Violations: generated code records them in memory, and the main thread reports them. */
import { DeviceError } from "../../graph/errors.ts";
import type { Kernel } from "../../graph/kernel.ts";
import type { Plan, Slot } from "../../graph/plan.ts";
import { elementCount, formatType } from "../../graph/types.ts";
import { VIOLATION } from "../runtime/layout.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type { FunctionHandle } from "../wasm/function_builder.ts";
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

/**
 * Thrown in checked mode if a kernel accesses memory outside its slots or a loop has the wrong
 * number of iterations.
 */
export class CheckError extends DeviceError {
  /** The class name. */
  override readonly name = "CheckError";
  /** Label of the kernel. */
  readonly kernel: string;
  /** Label of the slot; `undefined` for scratch memory, unknown addresses, and loops. */
  readonly slot: string | undefined;
  /** First element of the access that is not allowed; `undefined` likewise. */
  readonly index: number | undefined;

  /** Created by the backend. */
  constructor(
    message: string,
    { kernel, slot, index }: { kernel: string; slot?: string; index?: number },
  ) {
    super(message);
    this.kernel = kernel;
    this.slot = slot;
    this.index = index;
  }
}

/** Adds `(where, kernel, fault, detail, indices)`: records the first violation and traps. */
export function emitReport(module: ModuleBuilder, shared: boolean): FunctionHandle {
  const params = ["i64", "i32", "i32", "i32", "v128"] as const;
  return module.function(
    "report violation",
    { params },
    (f, where, kernel, fault, detail, indices) => {
      f.i32(VIOLATION + RECORD.kernel);
      if (shared) {
        f.i32(0).get(kernel!).i32(1).op("i32.add").memory("i32.atomic.rmw.cmpxchg");
      } else f.memory("i32.load");
      f.op("i32.eqz").if(() => {
        if (!shared) {
          f.i32(VIOLATION + RECORD.kernel).get(kernel!).i32(1).op("i32.add").memory("i32.store");
        }
        f.i32(VIOLATION).get(fault!).memory("i32.store", RECORD.fault);
        f.i32(VIOLATION).get(detail!).memory("i32.store", RECORD.detail);
        f.i32(VIOLATION).get(where!).memory("i64.store", RECORD.where);
        f.i32(VIOLATION).get(indices!).memory("v128.store", RECORD.indices);
      });
      f.op("unreachable");
    },
  );
}

/** The regions that each kernel of a checked program may access. */
export type CheckedRegions = readonly (readonly Region[])[];

/** Reads and clears the recorded violation; `undefined` if there is none. */
export function takeViolation(
  bytes: Uint8Array,
  plan: Plan,
  regions: CheckedRegions,
): CheckError | undefined {
  const record = new DataView(bytes.buffer, VIOLATION, RECORD.end);
  const number = record.getInt32(RECORD.kernel, true) - 1;
  if (number < 0) return undefined;
  record.setInt32(RECORD.kernel, 0, true);
  const kernel = plan.dispatches.flatMap(({ kernels }) => kernels)[number]!;
  const fault = names[record.getInt32(RECORD.fault, true)]!;
  const detail = record.getInt32(RECORD.detail, true);
  const where = Number(record.getBigInt64(RECORD.where, true));
  if (fault === "turns") return turnsError(plan, kernel, { expected: where, counted: detail });
  if (fault === "index") {
    const lane = [0, 1, 2, 3].find((lane) => (where >> lane) & 1)!;
    const index = record.getInt32(RECORD.indices + 4 * lane, true);
    return indexError(plan, kernel, { slot: plan.slots[detail]!, index });
  }
  const [kind, width] = fault.split(" ") as [string, string | undefined];
  return accessError(plan, kernel, {
    kind,
    bytes: width ? Number(width) : record.getInt32(RECORD.indices, true),
    region: regions[number]?.[detail],
    where,
  });
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

function turnsError(
  { label }: Plan,
  kernel: Kernel,
  { expected, counted }: { expected: number; counted: number },
): CheckError {
  return new CheckError(
    `Cannot run "${label}" on cpu: a loop of "${kernel.label}" must run ${expected} iterations: ` +
      `current number is ${counted}`,
    { kernel: kernel.label },
  );
}

function indexError(
  { label }: Plan,
  kernel: Kernel,
  { slot, index }: { slot: Slot; index: number },
): CheckError {
  return new CheckError(
    `Cannot run "${label}" on cpu: "${kernel.label}" must only use elements of its slots: ` +
      `current one is element ${index} of ${describe(slot)}`,
    { kernel: kernel.label, slot: slot.label, index },
  );
}

function describe({ label, type }: Slot): string {
  return `"${label}", ${formatType(type)} of ${elementCount(type.shape)} elements`;
}

function accessError(plan: Plan, kernel: Kernel, access: BadAccess): CheckError {
  const { kind, bytes, region, where } = access;
  const what = `Cannot run "${plan.label}" on cpu: "${kernel.label}" must stay inside its slots: ` +
    `current ${kind} of ${bytes} bytes is at`;
  if (region?.slot === undefined) {
    const place = region
      ? `byte ${where} of ${region.byteLength} of its scratch memory "${region.name}"`
      : `address ${where}, which is in none of them`;
    return new CheckError(`${what} ${place}`, { kernel: kernel.label });
  }
  const slot = plan.slots[region.slot]!;
  const first = where / region.elementBytes;
  const last = (where + bytes) / region.elementBytes - 1;
  const elements = last > first ? `elements ${first} to ${last}` : `element ${first}`;
  const readOnly = region.writable || kind === "load" || kind === "read"
    ? ""
    : ", which it only reads";
  const index = first < 0 ? first : Math.max(first, region.byteLength / region.elementBytes);
  return new CheckError(`${what} ${elements} of ${describe(slot)}${readOnly}`, {
    kernel: kernel.label,
    slot: slot.label,
    index: readOnly ? first : index,
  });
}

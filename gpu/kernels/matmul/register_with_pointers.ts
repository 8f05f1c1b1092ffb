import type { Printer } from "../../wgsl/printer.ts";
import { range } from "../range.ts";
import { type OperandPointers, pointAt, type RunElements } from "./operand_lines.ts";
import { isShifted } from "./operand.ts";
import { pointAtShifted } from "./shifted_lines.ts";
import { printOuterProduct, type ProductParts } from "./accumulators.ts";

/** Most `vec4f` multiply-adds of one loop trip: longer code spills on some GPUs. */
const MULTIPLY_ADDS_PER_TRIP = 128;

/**
 * Prints the products of all positions of k but the last `k % 4`, or the invocation's share of them:
 * in each trip, adjacent fours. Indices are variables that each trip increments, because compilers
 * for hardware do not simplify indices that are computed from k.
 */
export function printWithPointers(
  printer: Printer,
  parts: ProductParts,
  rows: readonly string[],
): void {
  const { sharers } = parts.tiling;
  const [first, ...others] = tripsOf(parts);
  if (!first) return;
  const start = sharers === 1 ? "0i" : `(share * ${first.fours}i)`;
  const pointers = pointersOf(printer, parts, { rows, first: start });
  let before = first;
  for (const trips of [first, ...others]) {
    // fours of a trip before the invocation's own
    const ahead = trips.fours - before.fours;
    if (sharers > 1 && ahead !== 0) pointers.forEach((pointer) => pointer.advance(ahead, "share"));
    printTrips(printer, trips, () => {
      printFours(printer, pointers, trips.fours);
      for (const pointer of pointers) pointer.advance(trips.fours * sharers);
    });
    before = trips;
  }
}

/** Loop trips of one length. */
interface Trips {
  readonly count: number;
  /** Groups of four positions of k that an invocation takes in a trip. */
  readonly fours: number;
  /** Which invocations make them. Default: all. */
  readonly sharers?: number;
}

function tripsOf(parts: ProductParts): Trips[] {
  const { kernel: { k }, tiling: { tile, sharers }, forms } = parts;
  // scalar loads of more positions would be too many at the same time
  const isScalar = (name: "a" | "b") => forms[name].fours === "none" && !isShiftedIn(parts, name);
  const most = isScalar("a") && isScalar("b")
    ? 1
    : MULTIPLY_ADDS_PER_TRIP / (tile.rows * tile.columns);
  const fours = Math.floor(k / 4);
  const each = Math.floor(fours / sharers);
  const copies = copiesOf(each, most);
  const trips: Trips[] = [
    { count: Math.floor(each / copies), fours: copies },
    { count: each % copies, fours: 1 },
    { count: 1, fours: 1, sharers: fours % sharers },
  ];
  return trips.filter(({ count, fours, sharers }) => count > 0 && fours > 0 && sharers !== 0);
}

/** Prints trips in a loop if there are several. */
function printTrips(printer: Printer, { count, sharers }: Trips, trip: () => void): void {
  if (sharers !== undefined) printer.block(`if (share < ${sharers}i)`, trip);
  else if (count === 1) trip();
  else printer.block(`for (var trip = 0i; trip < ${count}i; trip++)`, trip);
}

/** Points at the lines of both operands. */
function pointersOf(
  printer: Printer,
  parts: ProductParts,
  { rows, first }: { readonly rows: readonly string[]; readonly first: string },
): OperandPointers[] {
  const { kernel: { m, n, k }, tiling: { tile }, place, forms, context: { access } } = parts;
  const columns = place.columns.map((column) => range(4).map((i) => clamped(column, i, n)));
  const operands = [
    {
      name: "a",
      form: forms.a,
      base: place.baseA,
      runs: runsOf(rows),
      isExact: m % tile.rows === 0,
      groups: [{ first: place.row, count: tile.rows }],
    },
    {
      name: "b",
      form: forms.b,
      base: place.baseB,
      runs: columns,
      isExact: n % 4 === 0,
      groups: place.columns.map((first) => ({ first, count: 4 })),
    },
  ] as const;
  return operands.map((lines) =>
    isShiftedIn(parts, lines.name)
      ? pointAtShifted(printer, access, { ...lines, k }, first)
      : pointAt(printer, access, lines, first)
  );
}

function isShiftedIn(
  { kernel: { m, n }, tiling: { tile }, forms }: ProductParts,
  name: "a" | "b",
): boolean {
  const lines = name === "a" ? { lines: tile.rows, size: m } : { lines: tile.columns, size: n };
  return isShifted(forms[name], lines);
}

/** Prints the products of four positions of k each, whose loads are before them. */
function printFours(
  printer: Printer,
  pointers: readonly OperandPointers[],
  fours: number,
): void {
  const [loadA, loadB] = pointers.map((pointer) => pointer.prepare());
  for (const four of range(fours)) {
    const a = loadA!(four);
    const b = loadB!(four);
    for (const step of range(4)) {
      printOuterProduct(printer, a(step).flatMap(scalarsOf), b(step).map(vectorOf));
    }
  }
}

function scalarsOf(run: RunElements): readonly string[] {
  return typeof run === "string" ? range(4).map((i) => `${run}[${i}]`) : run;
}

function vectorOf(run: RunElements): string {
  return typeof run === "string" ? run : `vec4f(${run.join(", ")})`;
}

function runsOf(rows: readonly string[]): string[][] {
  return range(Math.ceil(rows.length / 4)).map((run) => rows.slice(4 * run, 4 * run + 4));
}

function clamped(column: string, i: number, n: number): string {
  const text = i === 0 ? column : `(${column} + ${i}i)`;
  return n % 4 === 0 ? text : `min(${text}, ${n - 1}i)`;
}

/**
 * Groups of four positions of k that a trip unrolls: the most that leave at least two trips, if
 * there are enough. Some compilers load everything first that is not in a loop.
 */
function copiesOf(fours: number, most: number): number {
  if (fours <= Math.min(4, most)) return Math.max(1, fours);
  return [8, 4, 2].find((copies) => copies <= Math.min(most, fours / 2)) ?? 1;
}

import type { Printer } from "../../wgsl/printer.ts";
import { range } from "../range.ts";
import { type OperandPointers, pointAt, type RunElements } from "./operand_lines.ts";
import { printOuterProduct, type ProductParts } from "./accumulators.ts";

/** Most `vec4f` multiply-adds of one loop trip: longer code spills on some GPUs. */
const MULTIPLY_ADDS_PER_TRIP = 128;

/**
 * Prints the products of all positions of k but the last `k % 4`, or the invocation's share of them:
 * four of each `4 × sharers`. Indices are variables that each trip increments, because compilers for
 * hardware do not simplify indices that are computed from k.
 */
export function printWithPointers(
  printer: Printer,
  parts: ProductParts,
  rows: readonly string[],
): void {
  const { kernel: { k }, tiling: { tile, sharers }, forms } = parts;
  const first = sharers === 1 ? "0i" : "share";
  const pointers = pointersOf(printer, parts, { rows, first });
  const fours = Math.floor(k / 4);
  // scalar loads of more positions would be too many at the same time
  const isScalar = forms.a.fours === "none" && forms.b.fours === "none";
  const most = isScalar ? 1 : MULTIPLY_ADDS_PER_TRIP / (tile.rows * tile.columns);
  const copies = copiesOf(fours / sharers, most);
  const whole = fours - fours % (copies * sharers);
  const trip = (count: number) => {
    printFours(printer, pointers, range(count).map((copy) => copy * sharers));
    for (const pointer of pointers) pointer.advance(count * sharers);
  };
  // counted from 0 if each invocation takes equally many
  const rest = fours - whole;
  printTrips(printer, { first: "0i", fours: whole, each: copies * sharers }, () => trip(copies));
  printTrips(
    printer,
    { first: rest % sharers === 0 ? "0i" : first, fours: rest, each: sharers },
    () => trip(1),
  );
}

/** Points at the lines of both operands. */
function pointersOf(
  printer: Printer,
  { kernel: { m, n }, tiling: { tile }, place, forms, context: { access } }: ProductParts,
  { rows, first }: { readonly rows: readonly string[]; readonly first: string },
): OperandPointers[] {
  const columns = place.columns.map((column) => range(4).map((i) => clamped(column, i, n)));
  const isExact = { a: m % tile.rows === 0, b: n % 4 === 0 };
  const operands = [
    { name: "a", form: forms.a, base: place.baseA, runs: runsOf(rows), isExact: isExact.a },
    { name: "b", form: forms.b, base: place.baseB, runs: columns, isExact: isExact.b },
  ] as const;
  return operands.map((lines) => pointAt(printer, access, lines, first));
}

/** Prints a trip for each `each` × four positions of k, in a loop if there are several. */
function printTrips(
  printer: Printer,
  { first, fours, each }: { readonly first: string; readonly fours: number; readonly each: number },
  trip: () => void,
): void {
  if (fours === each) return trip();
  if (fours > 0) {
    printer.block(`for (var four = ${first}; four < ${fours}i; four += ${each}i)`, trip);
  }
}

/** Prints the products of four positions of k each, whose loads are before them. */
function printFours(
  printer: Printer,
  pointers: readonly OperandPointers[],
  fours: readonly number[],
): void {
  const [loadA, loadB] = pointers.map((pointer) => pointer.prepare());
  for (const four of fours) {
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
 * Positions of k, in fours, that a trip unrolls: the most that leave no rest, if there are any.
 * Eight only in a loop: some compilers load everything first that is not in one.
 */
function copiesOf(fours: number, most: number): number {
  const powers = [8, 4, 2].filter((copies) =>
    copies <= Math.min(most, copies < 8 ? fours : fours / 2)
  );
  return powers.find((copies) => fours % copies === 0) ?? powers[0] ?? 1;
}

import type { Printer } from "../../wgsl/printer.ts";
import { declareAccumulators, printOuterProduct, type ProductParts } from "./accumulators.ts";
import { loadFour, loadOne } from "./operand.ts";
import { plus } from "../plus.ts";
import { range } from "../range.ts";
import { printWithPointers } from "./register_with_pointers.ts";

/**
 * Prints the inner product, or the invocation's share of it, loading directly from the operands'
 * slots.
 */
export function printRegisterProduct(printer: Printer, parts: ProductParts): void {
  const { kernel, tiling, context: { profile } } = parts;
  const { depth, sharers } = tiling;
  declareAccumulators(printer, tiling);
  const rows = clampedRows(printer, parts);
  const whole = kernel.k - (kernel.k % depth);
  if (profile.matmulPointers) printWithPointers(printer, parts, rows);
  else if (whole > 0) {
    const first = sharers === 1 ? "0i" : `share * ${depth}i`;
    printer.block(
      `for (var k = ${first}; k < ${whole}i; k += ${depth * sharers}i)`,
      () => printSteps(printer, parts, { rows, k: "k", count: depth, fours: true }),
    );
  }
  if (whole < kernel.k) {
    const rest = { rows, k: `${whole}i`, count: kernel.k - whole, fours: false };
    const print = () => printSteps(printer, parts, rest);
    if (sharers === 1) print();
    // the one with the fewest positions
    else printer.block(`if (share == ${sharers - 1}i)`, print);
  }
}

interface Steps {
  readonly rows: readonly string[];
  readonly k: string;
  readonly count: number;
  /** Whether operands may be loaded as vec4s along k. */
  readonly fours: boolean;
}

/** A position of k within a trip: a number, or `"step"`, the loop variable. */
type Step = number | "step";

/** The elements of a tile at one position of k, as WGSL. */
type ElementsAt = (step: Step) => string[];

/** Prints the products of a trip: unrolled, or as a loop where that would be too much code. */
function printSteps(printer: Printer, parts: ProductParts, steps: Steps): void {
  const { count } = steps;
  const aAt = rowsOfA(printer, parts, steps);
  const bAt = columnsOfB(printer, parts, steps);
  if (count === 1 || !parts.tiling.tile.rolled) {
    const a = range(count).map(aAt);
    const b = range(count).map(bAt);
    for (let step = 0; step < count; step++) printOuterProduct(printer, a[step]!, b[step]!);
    return;
  }
  printer.block(`for (var step = 0i; step < ${count}i; step++)`, () => {
    printer.emit("let odd = (step & 1i) == 1i;");
    printer.emit("let late = step >= 2i;");
    printOuterProduct(printer, aAt("step"), bAt("step"));
  });
}

/** Prints the row numbers. Rows past the end read the last row and are never stored. */
function clampedRows(printer: Printer, { kernel, tiling, place }: ProductParts): string[] {
  const exact = kernel.m % tiling.tile.rows === 0;
  return Array.from({ length: tiling.tile.rows }, (_, i) => {
    const row = i === 0 ? place.row : `${place.row} + ${i}i`;
    const name = `row_${i}`;
    printer.emit(`let ${name} = ${exact ? row : `min(${row}, ${kernel.m - 1}i)`};`);
    return name;
  });
}

function rowsOfA(printer: Printer, parts: ProductParts, steps: Steps): ElementsAt {
  const { forms: { a }, place, context: { access }, tiling: { tile } } = parts;
  const at = (k: string, across: string) => ({ base: place.baseA, k, across });
  if (a.fours === "k" && steps.fours) {
    const rows = steps.rows.map((row) =>
      printer.define("a", loadFour(access, a, at(steps.k, row)))
    );
    return (step) => rows.map((name) => elementOf(name, step));
  }
  if (a.fours === "across" && tile.rows % 4 === 0) {
    return (step) => {
      const fours = range(tile.rows / 4).map((four) => {
        const across = `(${place.row} + ${4 * four}i)`;
        return printer.define("a", loadFour(access, a, at(`(${plusStep(steps.k, step)})`, across)));
      });
      return range(tile.rows).map((row) => `${fours[row >> 2]}[${row % 4}]`);
    };
  }
  return (step) =>
    steps.rows.map((row) =>
      printer.define("a", loadOne(access, a, at(`(${plusStep(steps.k, step)})`, row)))
    );
}

/** Loads of b, in groups of four columns. */
function columnsOfB(printer: Printer, parts: ProductParts, steps: Steps): ElementsAt {
  const { forms: { b }, place, context: { access }, kernel } = parts;
  const at = (k: string, across: string) => ({ base: place.baseB, k, across });
  const exact = kernel.n % 4 === 0;
  const columnsOf = (column: string) =>
    range(4).map((i) => {
      const text = plus(column, i);
      return exact ? `(${text})` : `min(${text}, ${kernel.n - 1}i)`;
    });
  if (b.fours === "k" && steps.fours) {
    const fours = place.columns.map((column) =>
      columnsOf(column).map((each) => printer.define("b", loadFour(access, b, at(steps.k, each))))
    );
    return (step) =>
      fours.map((names) => `vec4f(${names.map((name) => elementOf(name, step)).join(", ")})`);
  }
  return (step) => {
    const k = `(${plusStep(steps.k, step)})`;
    return place.columns.map((column) => {
      if (b.fours === "across") return printer.define("b", loadFour(access, b, at(k, column)));
      const parts = columnsOf(column).map((each) => loadOne(access, b, at(k, each)));
      return printer.define("b", `vec4f(${parts.join(", ")})`);
    });
  };
}

/** One component of a vec4 variable. */
function elementOf(name: string, step: Step): string {
  if (step !== "step") return `${name}[${step}]`;
  return `select(select(${name}.x, ${name}.y, odd), select(${name}.z, ${name}.w, odd), late)`;
}

function plusStep(text: string, step: Step): string {
  return step === "step" ? `${text} + step` : plus(text, step);
}

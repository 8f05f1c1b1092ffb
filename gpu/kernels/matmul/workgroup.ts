import type { Printer } from "../../wgsl/printer.ts";
import type { WorkgroupArray } from "../kernel_code.ts";
import { loadFour, loadOne, type OperandForm } from "./operand.ts";
import { declareAccumulators, printOuterProduct, type ProductParts } from "./register.ts";

/** Rows and columns of a workgroup's tile; `DEPTH` is the number of positions of k per trip. */
const TILE = 64;
const DEPTH = 16;
const QUADS = TILE / 4;

/**
 * Prints the inner product through workgroup memory. 64 invocations load 64×16 elements of a and
 * 16×64 of b, both stored with k outermost; each invocation then computes its 8×8 tile from there.
 */
export function printWorkgroupProduct(printer: Printer, parts: ProductParts): void {
  const { kernel, tiling, context } = parts;
  const array: WorkgroupArray = { element: "f32", length: DEPTH * TILE };
  context.workgroupArrays.set("tileA", array).set("tileB", array);
  declareAccumulators(printer, tiling);
  printer.block(`for (var k = 0i; k < ${kernel.k}i; k += ${DEPTH}i)`, () => {
    fill(printer, parts, "a");
    fill(printer, parts, "b");
    printer.emit("workgroupBarrier();");
    printer.block(`for (var step = 0i; step < ${DEPTH}i; step++)`, () => {
      const rows = `step * ${TILE}i + (lane / ${tiling.width}i) * 8i`;
      const columns = `step * ${TILE}i + (lane % ${tiling.width}i) * 4i`;
      printer.emit(`let at = ${rows};`);
      printer.emit(`let bt = ${columns};`);
      printer.emit(`let b0 = ${fourOf("tileB", "bt")};`);
      printer.emit(`let b1 = ${fourOf("tileB", `bt + ${4 * tiling.width}i`)};`);
      printOuterProduct(printer, [0, 1, 2, 3, 4, 5, 6, 7].map((i) => `tileA[at + ${i}i]`), [
        "b0",
        "b1",
      ]);
    });
    printer.emit("workgroupBarrier();");
  });
}

function fourOf(array: string, start: string): string {
  return `vec4f(${[0, 1, 2, 3].map((i) => `${array}[${start} + ${i}i]`).join(", ")})`;
}

/** Each of the 64 invocations loads four groups of four elements of one operand. */
function fill(printer: Printer, parts: ProductParts, name: "a" | "b"): void {
  const { forms, place } = parts;
  const form = forms[name];
  const across0 = name === "a" ? place.groupRow : place.groupColumn;
  const into = name === "a" ? "tileA" : "tileB";
  for (let turn = 0; turn < 4; turn++) {
    if (form.fours === "k") fillAlongK(printer, parts, { form, name, into, across0, turn });
    else fillAcross(printer, parts, { form, name, into, across0, turn });
  }
}

interface Fill {
  readonly form: OperandForm;
  readonly name: "a" | "b";
  readonly into: string;
  readonly across0: string;
  readonly turn: number;
}

/** Invocation `lane` loads four positions of k of line `lane` and scatters them to the tile. */
function fillAlongK(printer: Printer, parts: ProductParts, fill: Fill): void {
  const { kernel, place, context: { access } } = parts;
  const { form, name, into, across0, turn } = fill;
  const base = name === "a" ? place.baseA : place.baseB;
  const size = name === "a" ? kernel.m : kernel.n;
  const across = `min(${across0} + lane, ${size - 1}i)`;
  const k = `(k + ${4 * turn}i)`;
  const value = printer.name("w");
  printer.emit(`let ${value} = ${loadFour(access, form, { base, k, across })};`);
  for (let i = 0; i < 4; i++) {
    // Loads past the end of k read unrelated elements, which must count as zero.
    const part = `${value}[${i}]`;
    const kept = kernel.k % DEPTH === 0
      ? part
      : `select(0.0, ${part}, ${k} + ${i}i < ${kernel.k}i)`;
    printer.emit(`${into}[${(4 * turn + i) * TILE}i + lane] = ${kept};`);
  }
}

/** Invocation `lane` loads four adjacent lines at one position of k. */
function fillAcross(printer: Printer, parts: ProductParts, fill: Fill): void {
  const { kernel, place, context: { access } } = parts;
  const { form, name, into, across0, turn } = fill;
  const base = name === "a" ? place.baseA : place.baseB;
  const size = name === "a" ? kernel.m : kernel.n;
  const item = printer.name("item");
  printer.emit(`let ${item} = lane + ${64 * turn}i;`);
  const position = `k + ${item} / ${QUADS}i`;
  const k = kernel.k % DEPTH === 0 ? `(${position})` : `min(${position}, ${kernel.k - 1}i)`;
  const across = `(${across0} + (${item} % ${QUADS}i) * 4i)`;
  const loaded = form.fours === "across"
    ? loadFour(access, form, { base, k, across })
    : `vec4f(${
      [0, 1, 2, 3].map((i) =>
        loadOne(access, form, { base, k, across: `min(${across} + ${i}i, ${size - 1}i)` })
      ).join(", ")
    })`;
  const kept = kernel.k % DEPTH === 0
    ? loaded
    : `select(vec4f(), ${loaded}, ${position} < ${kernel.k}i)`;
  const four = printer.name("w");
  printer.emit(`let ${four} = ${kept};`);
  for (let i = 0; i < 4; i++) printer.emit(`${into}[4i * ${item} + ${i}i] = ${four}[${i}];`);
}

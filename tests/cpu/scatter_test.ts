import { assert } from "@std/assert";
import { MathLibrary } from "../../cpu/math/math_library.ts";
import { compileScatter } from "../../cpu/scatter/kernel.ts";
import { ModuleBuilder } from "../../cpu/wasm/assembler.ts";
import { s, type ScatterKernel } from "../../graph/mod.ts";

/** Number of units of an update of a table, in place or not. */
function unitsOf(rows: number, inPlace: boolean): number {
  const columns = 5;
  const index = s.add(s.mul(s.axis(0, rows), s.int(columns)), s.axis(1, columns));
  const sum = s.result(0, "f32");
  const kernel: ScatterKernel = {
    kind: "scatter",
    label: "scatter",
    combine: "sum",
    type: "f32",
    rows,
    columns,
    terms: 100,
    source: 0,
    indices: 1,
    stores: [{ slot: 2, index, value: inPlace ? s.add(s.load(2, "f32", index), sum) : sum }],
  };
  const memory = { module: "host", name: "memory", minimumPages: 1 };
  const module = new ModuleBuilder().importMemory(memory);
  const math = new MathLibrary(module, { fused: false, constants: undefined });
  const slotType = (slot: number) => ({
    dtype: slot === 1 ? "i32" as const : "f32" as const,
    elementCount: rows * columns,
  });
  return compileScatter(kernel, { module, math, fused: false, slotType })!.unitCount;
}

Deno.test("threads share the rows of small tables, too", () => {
  for (const inPlace of [false, true]) {
    for (const rows of [1, 2, 8, 9, 16, 130, 1000]) {
      const units = unitsOf(rows, inPlace);
      assert(units >= Math.min(rows, 5), `${units} units of ${rows} rows`);
    }
  }
});

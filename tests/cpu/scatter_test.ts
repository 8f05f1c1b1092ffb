import { assert, assertEquals } from "@std/assert";
import { MathLibrary } from "../../cpu/math/math_library.ts";
import { compileScatter } from "../../cpu/scatter/kernel.ts";
import { ModuleBuilder } from "../../cpu/wasm/assembler.ts";
import { s, type ScatterKernel } from "../../graph/mod.ts";

const columns = 5;
const terms = 100;

/** An update of a table, in place or not, in a module of its own. */
function compiled(rows: number, inPlace: boolean, minimumPages = 1) {
  const index = s.add(s.mul(s.axis(0, rows), s.int(columns)), s.axis(1, columns));
  const change = s.mul(s.result(0, "f32"), s.const(-1));
  const kernel: ScatterKernel = {
    kind: "scatter",
    label: "scatter",
    combine: "sum",
    type: "f32",
    rows,
    columns,
    terms,
    source: 0,
    indices: 1,
    stores: [{ slot: 2, index, value: inPlace ? s.add(s.load(2, "f32", index), change) : change }],
  };
  const memory = { module: "host", name: "memory", minimumPages };
  const module = new ModuleBuilder().importMemory(memory);
  const math = new MathLibrary(module, { fused: false, constants: undefined });
  const slotType = (slot: number) => ({
    dtype: slot === 1 ? "i32" as const : "f32" as const,
    elementCount: [terms * columns, terms, rows * columns][slot]!,
  });
  return { module, ...compileScatter(kernel, { module, math, fused: false, slotType }) };
}

Deno.test("threads share the rows of small tables, too", () => {
  for (const inPlace of [false, true]) {
    for (const rows of [1, 2, 8, 9, 16, 130, 1000]) {
      const { unitCount } = compiled(rows, inPlace);
      assert(unitCount >= Math.min(rows, 5), `${unitCount} units of ${rows} rows`);
    }
  }
});

Deno.test("a table of millions of rows has no more units, each of which reads all indices", () => {
  assertEquals([1000, 8_000_000].map((rows) => compiled(rows, true).unitCount), [8, 8]);
});

Deno.test("lists may be anywhere in memory, and need no certain contents of it", () => {
  const [rows, pages] = [90, 2 ** 15 + 1];
  const half = 2 ** 31; // from here on, addresses are negative as signed numbers
  const { module, handle, unitCount, scratchByteLength } = compiled(rows, true, pages);
  const params = ["i32", "i32"] as const;
  module.function("run", { params, exported: true }, (f, table, scratch) => {
    f.i32(0).i32(unitCount).get(table, scratch).call(handle);
  });
  const memory = new WebAssembly.Memory({ initial: pages });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    host: { memory },
  });
  const run = exports["run"] as (table: number, scratch: number) => void;
  const [source, indices, result] = [1024, 8192, 16384] as const;
  new Int32Array(memory.buffer, 0, 3).set([source, indices, result]);
  const places = Int32Array.from({ length: terms }, (_, i) => (i * i) % (rows + 7) - 3);
  new Int32Array(memory.buffer, indices, terms).set(places);
  new Float32Array(memory.buffer, source, terms * columns).fill(1);
  const expected = new Float32Array(rows * columns);
  places.filter((row) => row >= 0 && row < rows).forEach((row) => {
    for (let column = 0; column < columns; column++) expected[row * columns + column]! -= 1;
  });
  const table = new Float32Array(memory.buffer, result, rows * columns);
  for (let below = 0; below <= scratchByteLength; below += 16) {
    const words = scratchByteLength / 4;
    const scratch = new Int32Array(memory.buffer, half - below, words);
    for (const contents of [-1, 0, 1, 2, half - 1]) {
      scratch.fill(contents);
      table.fill(0);
      run(0, half - below);
      assertEquals(table, expected, `lists from ${below} below, ${contents} before`);
    }
  }
});

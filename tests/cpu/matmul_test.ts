import { assert, assertEquals, assertThrows } from "@std/assert";
import type { MatmulEpilogue } from "../../cpu/matmul/epilogue.ts";
import { emitMatmul, type MatmulOptions } from "../../cpu/matmul/matmul.ts";
import type { MatmulSpec } from "../../cpu/matmul/tiling.ts";
import { ModuleBuilder } from "../../cpu/wasm/assembler.ts";
import type { FunctionBuilder, Local } from "../../cpu/wasm/function_builder.ts";
import { detectWasmFeatures } from "../../cpu/wasm/features.ts";

const { relaxedSimd } = detectWasmFeatures();
const PAGES = 64;
const GUARD = 12345.5;

type Layout = "NN" | "NT" | "TN" | "TT";
const layouts: readonly Layout[] = ["NN", "NT", "TN", "TT"];

interface Sizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

function specOf({ m, n, k }: Sizes, layout: Layout, relaxed: boolean): MatmulSpec {
  const a = layout[0] === "N" ? { rowStride: k, colStride: 1 } : { rowStride: 1, colStride: m };
  const b = layout[1] === "N" ? { rowStride: n, colStride: 1 } : { rowStride: 1, colStride: k };
  return { m, n, k, a, b, relaxed };
}

function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return (state >>> 8) / 2 ** 24 - 0.5;
  };
}

/** Options of a product. Default epilogue: {@linkcode plainEpilogue}. */
type ProductOptions = Pick<MatmulOptions, "spec" | "tiling"> & Partial<MatmulOptions>;

/** A compiled product with its operands placed in memory. */
function prepare({ spec, epilogue = plainEpilogue(spec.n), ...rest }: ProductOptions) {
  const module = new ModuleBuilder().importMemory({
    module: "host",
    name: "memory",
    minimumPages: PAGES,
    maximumPages: PAGES,
  });
  const kernel = emitMatmul(module, { name: "product", spec, epilogue, ...rest });
  const { handle } = kernel;
  module.function("run", { params: handle.params, exported: true }, (f, ...params) => {
    f.get(...params).call(handle);
  });
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    host: { memory },
  });
  const call = instance.exports["run"];
  if (typeof call !== "function") throw new Error("Internal: no export");
  // Operands start off the 16-byte grid on purpose; tensors' views may, too.
  const aFrom = 1, bFrom = aFrom + spec.m * spec.k, cFrom = bFrom + spec.k * spec.n;
  const cTo = cFrom + spec.m * spec.n;
  const scratch = 16 * Math.ceil((cTo + 4) / 4);
  assert(scratch + kernel.scratchByteLength + 16 <= PAGES * 65536);
  const values = new Float32Array(memory.buffer);
  const random = randomSource(spec.m * 10007 + spec.n * 101 + spec.k);
  for (let i = aFrom; i < cFrom; i++) values[i] = random();
  const scratchEnd = (scratch + kernel.scratchByteLength) / 4;
  const run = (ranges: readonly (readonly [number, number])[], ...extra: number[]) => {
    values.fill(NaN, cFrom, cTo);
    values.fill(GUARD, cTo, cTo + 1);
    values.fill(NaN, scratch / 4, scratchEnd);
    values.fill(GUARD, scratchEnd, scratchEnd + 4);
    for (const [from, to] of ranges) {
      call(4 * aFrom, 4 * bFrom, scratch, from, to, 4 * cFrom, ...extra);
    }
    assertEquals(values[cTo], GUARD, "wrote past the end of C");
    assertEquals([...values.slice(scratchEnd, scratchEnd + 4)], Array(4).fill(GUARD));
    return values.slice(cFrom, cTo);
  };
  return { kernel, run, a: values.slice(aFrom, bFrom), b: values.slice(bFrom, cFrom) };
}

/** Stores each sum at its place in a row-major C, whose address is the first parameter. */
function storingEpilogue(
  columns: number,
  paramCount: number,
  emitValue: (f: FunctionBuilder, at: readonly [row: Local, column: Local, ...Local[]]) => void,
): MatmulEpilogue {
  return {
    paramCount,
    emit(f, { rowFrom, rowTo, columnFrom, columnTo, sums, sumsRowBytes, params }) {
      const [c, ...others] = params;
      const [row, column] = f.locals("i32", 2);
      f.for(row, rowFrom, rowTo, 1, () => {
        f.get(columnFrom).set(column);
        f.for(column, column, columnTo, 1, () => {
          f.get(c!, row).i32(columns).op("i32.mul").get(column).op("i32.add");
          f.i32(4).op("i32.mul", "i32.add");
          f.get(sums, row, rowFrom).op("i32.sub").i32(sumsRowBytes).op("i32.mul", "i32.add");
          f.get(column, columnFrom).op("i32.sub").i32(4).op("i32.mul", "i32.add");
          f.memory("f32.load");
          emitValue(f, [row, column, ...others]);
          f.memory("f32.store");
        });
      });
    },
  };
}

/** Stores C. */
const plainEpilogue = (columns: number) => storingEpilogue(columns, 1, () => {});

/** Stores scale·C + row + column/64, using everything that an epilogue is given. */
const affineEpilogue = (columns: number) =>
  storingEpilogue(columns, 2, (f, [row, column, scale]) => {
    const asFloat = (local: Local) => f.get(local).op("f64.convert_i32_s", "f32.demote_f64");
    asFloat(scale!).op("f32.mul");
    asFloat(row).op("f32.add");
    asFloat(column).f32(1 / 64).op("f32.mul", "f32.add");
  });

/** The product in f64, and the sum of magnitudes that bounds its rounding. */
function reference(spec: MatmulSpec, a: Float32Array, b: Float32Array) {
  const product: number[] = [], magnitude: number[] = [];
  for (let i = 0; i < spec.m; i++) {
    for (let j = 0; j < spec.n; j++) {
      let sum = 0, absolute = 0;
      for (let p = 0; p < spec.k; p++) {
        const term = (a[i * spec.a.rowStride + p * spec.a.colStride] ?? NaN) *
          (b[p * spec.b.rowStride + j * spec.b.colStride] ?? NaN);
        sum += term;
        absolute += Math.abs(term);
      }
      product.push(sum);
      magnitude.push(absolute);
    }
  }
  return { product, magnitude };
}

// Summing k terms in sequence errs by at most (k + 1) half-units of the sum of magnitudes.
function assertProduct(spec: MatmulSpec, c: Float32Array, expected: ReturnType<typeof reference>) {
  const unit = (spec.k + 1) * 2 ** -24;
  c.forEach((value, i) => {
    const difference = Math.abs(value - (expected.product[i] ?? NaN));
    const bound = unit * (expected.magnitude[i] ?? NaN);
    assert(difference <= bound, `element ${i} of ${JSON.stringify(spec)}: off by ${difference}`);
  });
}

function check(options: ProductOptions): void {
  const { kernel, run, a, b } = prepare(options);
  assertProduct(options.spec, run([[0, kernel.unitCount]]), reference(options.spec, a, b));
}

/** Tiles with this many rows, whether they are packed or not, and two of them in a unit. */
const tilesOf = (rows: number) => ({ tileRows: rows, packedRows: rows, rowsPerUnit: 2 * rows });

const variants = relaxedSimd ? [true, false] : [false];

Deno.test("matmul agrees with the f64 product for random sizes in all layouts", () => {
  const random = randomSource(7);
  const size = () => 1 + Math.floor(40 * (random() + 0.5));
  for (let round = 0; round < 40; round++) {
    const sizes = { m: size(), n: size(), k: size() };
    for (const layout of layouts) {
      for (const relaxed of variants) check({ spec: specOf(sizes, layout, relaxed) });
    }
  }
});

Deno.test("matmul handles every remainder of rows, columns, and terms", () => {
  // fewer rows than two tiles have, and each number of rows after five whole tiles
  for (const m of [1, 2, 3, 4, 5, 6, 7, 9, 11, 31, 32, 33, 34, 35]) {
    for (let n = 1; n <= 9; n++) {
      for (let k = 1; k <= 5; k++) {
        for (const layout of layouts) check({ spec: specOf({ m, n, k }, layout, relaxedSimd) });
      }
    }
  }
});

Deno.test("matmul packs tiles of every height that a register block may have", () => {
  for (const rows of [4, 5, 6]) {
    for (const m of [rows, 2 * rows + 1, 9 * rows - 1]) {
      for (const k of [3, 4, 22]) {
        for (const layout of layouts) {
          const tiling = { ...tilesOf(rows), packA: true, rowsPerStrip: 5 * rows };
          for (const kBlock of [k, 8]) {
            const spec = specOf({ m, n: 19, k }, layout, relaxedSimd);
            check({ spec, tiling: { ...tiling, kBlock: Math.min(k, kBlock) } });
          }
        }
      }
    }
  }
});

Deno.test("matmul agrees at the sizes of real layers, where it packs and blocks", () => {
  const sizes = [
    { m: 64, n: 128, k: 49 },
    { m: 64, n: 10, k: 128 },
    { m: 33, n: 70, k: 784 },
    { m: 300, n: 75, k: 131 },
    { m: 258, n: 20, k: 515 },
  ];
  for (const size of sizes) {
    for (const layout of layouts) check({ spec: specOf(size, layout, relaxedSimd) });
  }
});

Deno.test("matmul gives the same product under every tiling", () => {
  const sizes = { m: 47, n: 37, k: 30 };
  for (const layout of layouts) {
    const spec = specOf(sizes, layout, relaxedSimd);
    for (const packA of [false, true]) {
      for (const packB of [false, layout[1] === "N"]) {
        for (const kBlock of [30, 8, 12, 28]) {
          for (const packedTerms of new Set([30, kBlock])) {
            const blocks = { ...tilesOf(6), panelsPerUnit: 3, rowsPerUnit: 18, rowsPerStrip: 12 };
            const packed = { packA, packB: packB || layout[1] === "T", packedTerms };
            check({ spec, tiling: { ...blocks, kBlock, ...packed } });
          }
        }
      }
    }
    const tiling = { ...tilesOf(6), packA: true, rowsPerStrip: 24, rowsPerUnit: 48, kBlock: 16 };
    check({ spec, tiling });
  }
});

Deno.test("the scratch memory of a matmul does not grow with its terms without end", () => {
  for (const [m, n] of [[1, 1], [64, 64], [784, 512], [10, 100_000]] as const) {
    const bytes = [2 ** 20, 2 ** 28].map((k) => {
      const module = new ModuleBuilder().importMemory({
        module: "host",
        name: "memory",
        minimumPages: 1,
      });
      const spec = specOf({ m, n, k }, "NN", relaxedSimd);
      const epilogue = plainEpilogue(n);
      return emitMatmul(module, { name: "product", spec, epilogue }).scratchByteLength;
    });
    assert(bytes.every((count) => count < 2 ** 26), `${m} × ${n}: ${bytes}`);
  }
});

/** How an operand is laid out in memory: row-major, column-major, one row or one column repeated. */
const placements = (rows: number, columns: number): readonly MatmulSpec["a"][] => [
  { rowStride: columns, colStride: 1 },
  { rowStride: 1, colStride: rows },
  { rowStride: 0, colStride: 1 },
  { rowStride: 1, colStride: 0 },
];

Deno.test("matmul reads repeated rows and columns of either operand under every tiling", () => {
  const sizes = [[1, 8, 20], [3, 17, 33], [4, 7, 9], [31, 16, 8], [32, 9, 4], [37, 24, 21]];
  for (const [m, n, k] of sizes as [number, number, number][]) {
    for (const a of placements(m, k)) {
      for (const b of placements(k, n)) {
        const spec: MatmulSpec = { m, n, k, a, b, relaxed: relaxedSimd };
        check({ spec });
        for (const packA of [false, true]) {
          for (const packB of b.colStride === 1 ? [false, true] : [true]) {
            const kBlock = k > 8 ? 8 : k;
            for (const packedTerms of new Set([k, kBlock])) {
              const tiling = { ...tilesOf(6), packA, packB, kBlock, packedTerms };
              check({ spec, tiling: { ...tiling, rowsPerStrip: 12 } });
            }
          }
        }
      }
    }
  }
});

Deno.test("any partition of the units gives bit-identical results", () => {
  for (const layout of layouts) {
    const spec = specOf({ m: 70, n: 83, k: 37 }, layout, relaxedSimd);
    const { kernel, run } = prepare({ spec });
    const count = kernel.unitCount;
    assert(count >= 8, `only ${count} units`);
    const whole = run([[0, count]]);
    const single = Array.from({ length: count }, (_, unit) => [unit, unit + 1] as const);
    assertEquals(run(single), whole);
    assertEquals(run(single.toReversed()), whole);
    assertEquals(run([[3, count], [2, 2], [0, 3]]), whole);
  }
});

Deno.test("a range of units writes nothing outside its units", () => {
  const spec = specOf({ m: 40, n: 30, k: 5 }, "NN", false);
  const { kernel, run } = prepare({ spec });
  const parts = Array.from({ length: kernel.unitCount }, (_, unit) => run([[unit, unit + 1]]));
  for (let i = 0; i < spec.m * spec.n; i++) {
    const writers = parts.filter((part) => !Number.isNaN(part[i])).length;
    assertEquals(writers, 1, `element ${i} is written by ${writers} units`);
  }
});

Deno.test("an epilogue sees every element once, complete, with its position", () => {
  const sizes = [{ m: 9, n: 7, k: 6 }, { m: 40, n: 45, k: 21 }, { m: 5, n: 3, k: 2 }];
  for (const size of [...sizes, { m: 6, n: 8, k: 600 }]) {
    for (const layout of layouts) {
      for (const kBlock of size.k === 600 ? [300] : [size.k, 4]) {
        const spec = specOf(size, layout, false);
        const tiling = { ...tilesOf(4), kBlock };
        const plain = prepare({ spec, tiling });
        const product = plain.run([[0, plain.kernel.unitCount]]);
        const fused = prepare({ spec, tiling, epilogue: affineEpilogue(spec.n) });
        const result = fused.run([[0, fused.kernel.unitCount]], 2);
        const expected = product.map((value, i) => {
          const row = Math.floor(i / spec.n), column = i % spec.n;
          return Math.fround(Math.fround(2 * value + row) + column / 64);
        });
        assertEquals(result, expected);
      }
    }
  }
});

Deno.test("matmul rejects operands without a unit stride, and empty products", () => {
  const spec = specOf({ m: 4, n: 4, k: 4 }, "NN", false);
  const emit = (changed: Partial<MatmulSpec>) => () =>
    prepare({ name: "fc1", spec: { ...spec, ...changed } });
  assertThrows(
    emit({ a: { rowStride: 8, colStride: 2 } }),
    RangeError,
    'Cannot generate "fc1": one stride of A must be 1',
  );
  assertThrows(emit({ k: 0 }), RangeError, "current m, n, k are 4, 4, 0");
});

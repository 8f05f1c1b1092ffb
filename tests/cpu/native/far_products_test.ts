/** Products of matrices whose rows or columns are gigabytes apart. */
import { assert, assertEquals } from "@std/assert";
import { f32 } from "../../../autograd/mod.ts";
import type { Heap } from "../../../cpu/runtime/heap.ts";
import type { MatmulKernel } from "../../../graph/mod.ts";
import { s } from "../../../graph/mod.ts";
import { position } from "../../gpu/_plans.ts";
import { instructionSets, isAvailable } from "./_native.ts";
import { type KernelWithTypes, runSparse, sparseHeap } from "./_sparse.ts";

interface Sizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Elements from one row to the next, and from one column to the next. */
type Strides = readonly [row: number, column: number];

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly strides: Strides;
}

const elementsOf = ({ rows, columns, strides: [row, column] }: Matrix): number =>
  (rows - 1) * row + (columns - 1) * column + 1;

/** A product and the byte addresses of its operands and of its result. */
interface Case {
  readonly kernel: KernelWithTypes;
  readonly sizes: Sizes;
  readonly matrices: readonly [Matrix, Matrix, Matrix];
  readonly places: readonly number[];
}

function caseOf({ m, n, k }: Sizes, { a, b }: { a?: Strides; b?: Strides }): Case {
  const left = { rows: m, columns: k, strides: a ?? [k, 1] } as const;
  const right = { rows: k, columns: n, strides: b ?? [n, 1] } as const;
  const result = { rows: m, columns: n, strides: [n, 1] } as const;
  const operand = (slot: number, { strides: [rowStride, columnStride] }: Matrix) =>
    ({ slot, offset: 0, batchStrides: [], rowStride, columnStride }) as const;
  const kernel: MatmulKernel = {
    kind: "matmul",
    label: "matmul",
    batch: [],
    ...{ m, n, k },
    a: operand(0, left),
    b: operand(1, right),
    stores: [{ slot: 2, index: position([m, n], [0, 1]), value: s.result(0, "f32") }],
  };
  const matrices = [left, right, result] as const;
  const small = 2 ** 26;
  const places = matrices.map((_, i) => small * (i + 1));
  if (a) places[0] = small * 4;
  if (b) places[1] = small * 4;
  return {
    kernel: { kernel, types: matrices.map((matrix) => f32([elementsOf(matrix)])) },
    sizes: { m, n, k },
    matrices,
    places,
  };
}

/** Whole numbers, of which all sums are exact. */
const valueAt = (i: number, j: number): number => (i * 7 + j * 13 + i * j) % 17 - 8;

/** A product whose operands end where memory does, one after the other. */
function atTheEnd(sizes: Sizes): readonly Case[] {
  const one = caseOf(sizes, {});
  return [0, 1].map((last) => {
    const places = [...one.places];
    places[last] = 2 ** 32 - 64 * Math.ceil((4 * elementsOf(one.matrices[last]!) + 16) / 64);
    return { ...one, places };
  });
}

/** Elements between neighbors whose bytes, for so many, need 32 bits and a sign, and a few more. */
const limits = (neighbors: number): readonly number[] =>
  [2 ** 31 - 4, 2 ** 31, 2 ** 31 + 4, 2.9 * 2 ** 30].map((bytes) =>
    Math.floor(bytes / 4 / neighbors)
  );

const cases: Readonly<Record<string, readonly Case[]>> = {
  "rows of A": [2, 5, 16].flatMap((m) =>
    [m - 1, m].flatMap(limits).map((stride) => caseOf({ m, n: 40, k: 7 }, { a: [stride, 1] }))
  ),
  "rows of A that are packed": [1024 * 50_000].map((stride) =>
    caseOf({ m: 16, n: 600, k: 9 }, { a: [stride, 1] })
  ),
  "columns of A": [2, 5, 9].flatMap((k) =>
    [k - 1, 4].flatMap(limits).filter((stride) => 4 * stride * (k - 1) < 3 * 2 ** 30)
      .map((stride) => caseOf({ m: 6, n: 40, k }, { a: [1, stride] }))
  ),
  "columns of A that are packed": [
    caseOf({ m: 30, n: 600, k: 9 }, { a: [1, 2 ** 26 + 3] }),
  ],
  "rows of B": [2, 5, 9].flatMap((k) =>
    [k - 1, 4].flatMap(limits).filter((stride) => 4 * stride * (k - 1) < 3 * 2 ** 30)
      .map((stride) => caseOf({ m: 5, n: 70, k }, { b: [stride, 1] }))
  ),
  "rows of B that are packed": limits(4).map((stride) =>
    caseOf({ m: 40, n: 70, k: 5 }, { b: [stride, 1] })
  ),
  "columns, and the end of memory,": [
    ...atTheEnd({ m: 5, n: 70, k: 8 }),
    ...atTheEnd({ m: 40, n: 70, k: 9 }),
  ],
  "columns of B": [2, 5].flatMap((n) =>
    limits(n - 1).map((stride) => caseOf({ m: 5, n, k: 6 }, { b: [1, stride] }))
  ),
};

/** Fills both operands. */
function fill({ memory: { buffer } }: Heap, { matrices, places }: Case): void {
  matrices.forEach(({ rows, columns, strides: [row, column] }, i) => {
    const view = new Float32Array(buffer, places[i]);
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) view[y * row + x * column] = i < 2 ? valueAt(y, x) : NaN;
    }
  });
}

function expectedOf({ sizes: { m, n, k } }: Case): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    const [y, x] = [Math.floor(at / n), at % n];
    return Array.from({ length: k }, (_, t) => valueAt(y, t) * valueAt(t, x))
      .reduce((sum, term) => sum + term);
  });
}

for (const instructions of ["off", ...instructionSets] as const) {
  for (const [name, list] of Object.entries(cases)) {
    const ignore = instructions !== "off" && !isAvailable(instructions);
    Deno.test({
      name: `${instructions}: ${name} may be any distance apart`,
      ignore,
      async fn() {
        assert(list.length > 0);
        const heap = sparseHeap();
        for (const one of list) {
          const { m, n } = one.sizes;
          const what = JSON.stringify({
            ...one.sizes,
            ...one.matrices.map(({ strides }) => strides),
          });
          for (const checked of [false, true]) {
            fill(heap, one);
            const run = { instructions, checked, heap, places: one.places };
            const isNative = await runSparse(one.kernel, run);
            assertEquals(isNative, instructions !== "off", what);
            const actual = new Float32Array(heap.memory.buffer, one.places[2], m * n);
            assertEquals([...actual], expectedOf(one), what);
          }
        }
      },
    });
  }
}

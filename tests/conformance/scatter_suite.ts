/** Scatters: the bits of a sum in the order of the terms, whatever runs it. */
import { assert, assertEquals } from "@std/assert";
import { compile, f32, i32, Parameter, Tensor, tensor } from "../../autograd/mod.ts";
import type { Backend, HostArray } from "../../graph/mod.ts";
import { Optimizer, sgd } from "../../optim/mod.ts";
import { evaluate } from "../../autograd/mod.ts";
import { scatterMax, scatterSum } from "../../graph/mod.ts";
import { generator } from "../support/random.ts";
import { assertAllClose } from "../support/close.ts";
import { type BackendTest, f32Tolerance } from "./suite.ts";

interface Sizes {
  readonly rows: number;
  readonly columns: number;
  readonly terms: number;
}

const shapes: readonly Sizes[] = [
  { rows: 1, columns: 1, terms: 1 },
  { rows: 5, columns: 3, terms: 40 },
  { rows: 100, columns: 64, terms: 257 },
  { rows: 33, columns: 70, terms: 300 },
  { rows: 2000, columns: 1, terms: 1000 },
  { rows: 70_000, columns: 2, terms: 600 },
  { rows: 3, columns: 130, terms: 2049 },
];

function draw({ rows, columns, terms }: Sizes, seed = 0) {
  const random = generator(rows + columns + seed);
  return {
    source: Float32Array.from({ length: terms * columns }, () => random() - 0.5),
    // some out of range, the extremes of the type among them, and some rows more often
    indices: Int32Array.from({ length: terms }, (_, i) => {
      if (i % 17 === 3) return [-1, rows, -(2 ** 31), 2 ** 31 - 1][i % 4]!;
      return Math.floor(random() ** 2 * rows);
    }),
  };
}

/** Adds one term after another to f32 numbers. */
function sumsOf({ rows, columns }: Sizes, { source, indices }: ReturnType<typeof draw>) {
  const sums = new Float32Array(rows * columns);
  indices.forEach((row, term) => {
    if (row < 0 || row >= rows) return;
    for (let c = 0; c < columns; c++) sums[row * columns + c]! += source[term * columns + c]!;
  });
  return sums;
}

async function scattered(backend: Backend, sizes: Sizes, data: ReturnType<typeof draw>) {
  const { rows, columns, terms } = sizes;
  const source = tensor(data.source, [terms, columns]);
  const indices = tensor(data.indices, [terms]).node;
  const whole = source.mul(1000).cast("i32").node;
  const nodes = [scatterSum(source.node, indices, 0, rows), scatterMax(whole, indices, 0, rows)];
  return await evaluate(nodes.map((node) => ({ node })), { backend });
}

/** Tables that are updated in place, with and without fewer terms than rows, and without any. */
const updated: readonly Sizes[] = [
  { rows: 1, columns: 3, terms: 1 },
  { rows: 40, columns: 5, terms: 0 },
  { rows: 40, columns: 66, terms: 39 },
  { rows: 64, columns: 4, terms: 200 },
  { rows: 3000, columns: 64, terms: 513 },
  { rows: 70_001, columns: 1, terms: 300 },
  { rows: 600, columns: 20, terms: 599 },
];

/** A table after steps w − ½·Σ, which is exact but for the additions. */
function afterSteps(table: Float32Array, sizes: Sizes, steps: readonly ReturnType<typeof draw>[]) {
  const result = table.slice();
  for (const step of steps) {
    sumsOf(sizes, step).forEach((sum, i) => result[i] = result[i]! - 0.5 * sum);
  }
  return result;
}

/**
 * Registers the tests.
 * @param fewRows number of rows up to which terms may be added in another order
 */
export function scatterConformance(backendTest: BackendTest, fewRows = 0): void {
  for (const sizes of shapes) {
    const { rows, columns, terms } = sizes;
    backendTest(
      `${terms} rows of ${columns} are added to ${rows} in their order`,
      async (backend) => {
        const data = draw(sizes);
        const [sums, largest] = await scattered(backend, sizes, data);
        const exact = sumsOf(sizes, data);
        if (rows > fewRows) assertEquals(sums, exact);
        else assertAllClose(sums!, [...exact], f32Tolerance(terms), "few rows");
        const whole = data.source.map((x) => Math.trunc(Math.fround(x * 1000)));
        const expected = new Int32Array(rows * columns);
        data.indices.forEach((row, term) => {
          if (row < 0 || row >= rows) return;
          for (let c = 0; c < columns; c++) {
            const at = row * columns + c;
            expected[at] = Math.max(expected[at]!, whole[term * columns + c]!);
          }
        });
        assertEquals(largest, expected);
      },
    );
  }

  for (const sizes of updated) {
    const { rows, columns, terms } = sizes;
    const isExact = rows > fewRows || terms <= 1;
    backendTest(
      `${terms} rows of ${columns} update ${rows} in place, in each step others`,
      async (backend) => {
        // the last step repeats the first one, and what is left of its lists
        const steps = [0, 1, 2, 0].map((seed) => draw(sizes, seed));
        const initial = draw({ ...sizes, terms: rows }, 3).source;
        initial[0] = -0;
        using stack = new DisposableStack();
        const tables = ["first", "second"].map((name) =>
          stack.use(new Parameter(name, f32([rows, columns]), () => initial))
        );
        const types = { g: f32([terms, columns]), at: i32([terms]) };
        using step = await compile(types, ({ g, at }) => ({
          updates: new Map(tables.map((table, i) => {
            // the second table takes the terms of the first in another place
            const indices = at.add(i).node;
            const sums = new Tensor(scatterSum(g.node, indices, 0, rows));
            return [table, table.add(sums.mul(-0.5))];
          })),
        }), { backend });
        for (const { source, indices } of steps) step.run({ g: source, at: indices });
        for (const [i, table] of tables.entries()) {
          const moved = steps.map(({ source, indices }) => ({
            source,
            indices: indices.map((index) => index + i),
          }));
          const expected = afterSteps(initial, sizes, moved);
          const found = await table.data({ backend });
          if (isExact) assertEquals(bitsOf(found), bitsOf(expected));
          else assertAllClose(found, [...expected], f32Tolerance(4 * terms), "few rows");
        }
      },
    );
  }

  const rates = [-0.5, 0.25, 0, -0, -2, Infinity, NaN];
  // compilers of shaders know that a sum of no terms is 0, and take 0 · ∞ to be 0, too
  for (const sizes of updated.filter(({ terms }) => terms > 0)) {
    const { rows, columns, terms } = sizes;
    backendTest(
      `${terms} rows of ${columns} times a computed rate update ${rows}, and the others`,
      async (backend) => {
        const { source, indices } = draw(sizes);
        const initial = draw({ ...sizes, terms: rows }, 3).source;
        for (let i = 0; i < initial.length; i += 7) initial[i] = -0;
        using table = new Parameter("table", f32([rows, columns]), () => initial);
        const types = { g: f32([terms, columns]), at: i32([terms]), rate: f32([2]) };
        using step = await compile(types, ({ g, at, rate }) => {
          const sums = new Tensor(scatterSum(g.node, at.node, 0, rows));
          const [first, second] = [0, 1].map((i) => rate.slice([i], [1]).reshape(1, 1));
          return { updates: new Map([[table, table.add(sums.mul(first!).mul(second!))]]) };
        }, { backend });
        const sums = sumsOf(sizes, { source, indices });
        for (const rate of rates) {
          table.assign(initial);
          step.run({ g: source, at: indices, rate: Float32Array.of(rate, 2) });
          const expected = initial.map((w, i) => w + Math.fround(Math.fround(sums[i]! * rate) * 2));
          const found = await table.data({ backend });
          if (rows > fewRows || terms <= 1) {
            assertEquals(signed(found), signed(expected), `${rate}`);
          } else assertAllClose(found, [...expected], f32Tolerance(4 * terms), `rate ${rate}`);
        }
      },
    );
  }

  backendTest("a row of many equal terms keeps its digits", async (backend) => {
    const terms = 20_000;
    const sizes = { rows: 2, columns: 5, terms };
    const source = new Float32Array(terms * 5).fill(0.1);
    const [sums] = await scattered(backend, sizes, { source, indices: new Int32Array(terms) });
    for (const sum of sums!.slice(0, 5)) assert(Math.abs(sum / (0.1 * terms) - 1) < 2e-5, `${sum}`);
    assertEquals([...sums!.slice(5)], [0, 0, 0, 0, 0]);
  });

  backendTest(
    "a step changes the rows that are used, and keeps the bits of others",
    async (backend) => {
      const initial = Float32Array.of(1, -0, NaN, Infinity, 0, 2, 3, 4, -Infinity, -0, 5, 6);
      using table = new Parameter("table", { dtype: "f32", shape: [6, 2] }, () => initial);
      using optimizer = new Optimizer([table], sgd({ learningRate: 0.5 }));
      const indices = tensor(Int32Array.of(5, 2, 5), [3]);
      const weights = tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
      using step = await compile({}, () => ({
        updates: optimizer.minimize(table.gather(indices).mul(weights).sum()),
      }), { backend });
      step.run();
      const expected = initial.slice();
      expected.set([0 - 1.5, 2 - 2], 4);
      expected.set([5 - 3, 6 - 4], 10);
      assertEquals(bitsOf(await table.data({ backend })), bitsOf(expected));
    },
  );
}

/** Numbers in which −0 is not 0. */
function signed(floats: HostArray): (number | string)[] {
  return Array.from(floats, (x) => Object.is(x, -0) ? "-0" : x);
}

function bitsOf(floats: HostArray): Uint32Array {
  return new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
}

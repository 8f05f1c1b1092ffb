import { assert, assertEquals } from "@std/assert";
import { evaluate, gradientsOf, type Tensor, tensor } from "../../autograd/mod.ts";
import type { CpuBackend } from "../../cpu/mod.ts";
import { generator } from "../support/random.ts";
import { configurations, cpuTest } from "./_backend.ts";

/** Relative error that PyTorch has as well; one accumulator for all terms has many times this. */
const ERROR = 4e-6;

/** Numbers of one sign, whose rounding errors do not cancel. */
function draw(count: number, seed: number): Float32Array {
  const random = generator(seed);
  return Float32Array.from({ length: count }, () => random());
}

function tenths(count: number): Float32Array {
  return new Float32Array(count).fill(0.1);
}

function worst(actual: ArrayLike<number>, expected: readonly number[]): number {
  return Math.max(...expected.map((value, i) => Math.abs(actual[i]! - value) / Math.abs(value)));
}

/** Σ over the rows (axis 0) or within them (axis 1) in float64. */
function sums(x: Float32Array, columns: number, axis: number, map = (v: number) => v): number[] {
  const result = new Array<number>(axis === 0 ? columns : x.length / columns).fill(0);
  x.forEach((value, i) =>
    result[axis === 0 ? i % columns : Math.floor(i / columns)]! += map(value)
  );
  return result;
}

/** Lengths beside those at which blocks begin, rows that fill no vector, and one lane. */
const shapes: readonly (readonly [rows: number, columns: number, axis: number])[] = [
  [200_003, 3, 0],
  [65_537, 9, 0],
  [8_193, 64, 0],
  [20_000, 33, 0],
  [9, 200_001, 1],
  [9, 131_073, 1],
  [300_000, 1, 0],
];

for (const options of configurations) {
  cpuTest(`long sums keep their digits: ${JSON.stringify(options)}`, async (cpu) => {
    for (const [rows, columns, axis] of shapes) {
      // equal terms round in the same direction
      for (
        const [x, most] of [[draw(rows * columns, 1), ERROR], [
          tenths(rows * columns),
          2e-5,
        ]] as const
      ) {
        const t = tensor(x, [rows, columns]);
        const [sum, squares] = await evaluate([t.sum(axis), t.square().sum(axis)], {
          backend: cpu,
        });
        const what = `[${rows}, ${columns}] over axis ${axis}`;
        const error = worst(sum!, sums(x, columns, axis));
        assert(error < most, `the sum of ${what} is off by ${error}`);
        const other = worst(squares!, sums(x, columns, axis, (v) => v * v));
        assert(other < most, `the sum of squares of ${what} is off by ${other}`);
      }
    }
  }, options);
}

cpuTest("long products stay accurate", async (cpu) => {
  for (const [m, k, n] of [[1, 300_001, 1], [3, 100_003, 9], [5, 1025, 17]] as const) {
    const [a, b] = [draw(m * k, 1), draw(k * n, 2)];
    const expected = Array.from({ length: m * n }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < k; j++) sum += a[Math.floor(i / n) * k + j]! * b[j * n + i % n]!;
      return sum;
    });
    const product = tensor(a, [m, k]).matmul(tensor(b, [k, n]));
    const error = worst(await product.data({ backend: cpu }), expected);
    assert(error < ERROR, `${m}×${k}×${n} is off by ${error}`);
  }
});

/** Several reductions in one loop, one of which is no sum, and values that are kept for later. */
async function checkMixed(cpu: CpuBackend, x: Tensor, data: Float32Array): Promise<void> {
  const soft = x.softmax();
  const mean = x.mean();
  const results = [x.sum(), x.max(), x.square().mean(), soft.sum(), x.sub(mean).square().mean()];
  const [sum, max, square, one, variance] = await evaluate(results, { backend: cpu });
  const total = data.reduce((a, b) => a + b, 0);
  const ofSquares = data.reduce((a, b) => a + b * b, 0) / data.length;
  assert(worst(sum!, [total]) < ERROR);
  assertEquals(max![0], data.reduce((a, b) => Math.max(a, b)));
  assert(worst(square!, [ofSquares]) < ERROR);
  assert(worst(one!, [1]) < 2 * ERROR);
  assert(worst(variance!, [ofSquares - (total / data.length) ** 2]) < 10 * ERROR);
}

cpuTest("long sums are correct next to other reductions", async (cpu) => {
  for (const size of [8_193, 40_001, 131_071]) {
    const data = draw(size, 3);
    await checkMixed(cpu, tensor(data), data);
  }
}, { threads: 1 });

cpuTest("the gradient of a long softmax sums to 0", async (cpu) => {
  const x = tensor(draw(12 * 20_001, 4), [12, 20_001]);
  const loss = x.logSoftmax().slice([0, 0], [12, 1]).sum();
  const [d] = gradientsOf(loss, [x]);
  const [rows] = await evaluate([d!.sum(1)], { backend: cpu });
  for (const sum of rows!) assert(Math.abs(sum) < 2e-6, `${sum}`);
});

import { assert, assertEquals } from "@std/assert";
import { evaluate, pullBack } from "../../autograd/mod.ts";
import {
  avgPool2d,
  concat,
  constant,
  full,
  input,
  interpret,
  type Limits,
  lower,
  maxPool2d,
  mul,
  type Node,
  reduceSum,
  scalarsOf,
  visitScalars,
} from "../../graph/mod.ts";
import { PlanBackend } from "../support/plan_backend.ts";

const limits: Limits = {
  slotsPerDispatch: 32,
  bytesPerSlot: 2 ** 32,
  longRow: 4096,
  parallelRows: 64,
};

/** Distinct scalars of the largest kernel. */
function largestKernel(outputs: readonly Node[]): number {
  const { plan } = lower({ outputs, updates: new Map() }, limits, "large");
  const kernels = plan.dispatches.flatMap(({ kernels }) => kernels);
  return Math.max(...kernels.map((kernel) => {
    let count = 0;
    visitScalars(scalarsOf(kernel), () => count++);
    return count;
  }));
}

Deno.test("kernels of pooling stay small however large the window is, and however it moves", () => {
  for (const pool of [maxPool2d, avgPool2d]) {
    for (const size of [2, 8, 9, 47, 56, 100, 1000]) {
      for (const stride of [1, 3, size]) {
        const x = input("x", { dtype: "f32", shape: [1, 1, 2 * size, 2 * size] });
        const y = pool(x, { size, stride, padding: size >> 1 });
        const slopes = pullBack(reduceSum(y, [0, 1, 2, 3]), full(1, []), [x]);
        const count = largestKernel([y, ...slopes]);
        assert(count < 3000, `${count} scalars for windows of ${size} by steps of ${stride}`);
      }
    }
  }
});

Deno.test("kernels of a concat stay small however many it joins", () => {
  for (const count of [2, 32, 33, 500, 5000]) {
    const parts = Array.from({ length: count }, (_, i) => constant(Float32Array.of(i), [1]));
    const largest = largestKernel([concat(parts, 0)]);
    assert(largest < 500, `${largest} scalars for a concat of ${count}`);
  }
});

Deno.test("interpret() follows a concat of 20000 and the gradient of a window of 90", () => {
  const count = 20_000;
  const parts = Array.from({ length: count }, (_, i) => constant(Float32Array.of(i), [1]));
  const joined = concat(parts, 0);
  const values = interpret([joined]).get(joined)!;
  assertEquals([values.length, values[0], values[count - 1]], [count, 0, count - 1]);

  const x = constant(new Float32Array(91 * 91).fill(1), [1, 1, 91, 91]);
  const [slope] = pullBack(
    reduceSum(avgPool2d(x, { size: 90, stride: 1 }), [0, 1, 2, 3]),
    full(1, []),
    [
      x,
    ],
  );
  const slopes = interpret([slope!]).get(slope!)!;
  const total = slopes.reduce((a, b) => a + b, 0);
  assert(Math.abs(total - 4) < 1e-9, `${total}`);
  assert(Math.abs(slopes[45 * 91 + 45]! - 4 / 8100) < 1e-12); // all four windows cover it
});

Deno.test("kernels stay small where windows lie over windows, and compute the same", async () => {
  using backend = new PlanBackend();
  for (const [size, padding, length] of [[3, 1, 8], [7, 3, 4], [8, 4, 3]] as const) {
    const x = constant(Float32Array.from({ length: 25 }, (_, i) => i % 7), [1, 1, 5, 5]);
    let y: Node = x;
    for (let i = 0; i < length; i++) y = avgPool2d(y, { size, stride: 1, padding });
    const axes = y.type.shape.map((_, axis) => axis);
    const [slope] = pullBack(reduceSum(mul(y, y), axes), full(1, []), [x]);
    const count = largestKernel([slope!]);
    assert(count < 10_000, `${count} scalars for ${length} windows of ${size}`);
    const [values] = await evaluate([{ node: slope! }], { backend });
    const expected = interpret([slope!]).get(slope!)!;
    values!.forEach((value, i) => assert(Math.abs(value - expected[i]!) < 1e-5));
  }
});

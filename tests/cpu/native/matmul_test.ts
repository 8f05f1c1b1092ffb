import { s, type Shape } from "../../../graph/mod.ts";
import type { Kernel } from "../../../graph/mod.ts";
import {
  at,
  externalPlan,
  position,
  product,
  runOn,
  type SlotData,
  zeros,
} from "../../gpu/_plans.ts";
import { randomFloats } from "../../gpu/_random.ts";
import { untilReady } from "../_threads.ts";
import { assertSameBits, nativeTest, openSharing, runKernel } from "./_native.ts";

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch?: Shape;
}

/** A product, a bias along the columns, and ReLU. */
function productCase(sizes: Product, transposed: string): { kernel: Kernel; slots: SlotData[] } {
  const { m, n, k, batch = [] } = sizes;
  const stored = (rows: number, columns: number, operand: string) =>
    transposed.includes(operand) ? [...batch, columns, rows] : [...batch, rows, columns];
  const shape = [...batch, m, n];
  const axes = shape.map((_, axis) => axis);
  const bias = at(2, [n], { axes: [shape.length - 1] });
  const value = s.max(s.add(s.result(0, "f32"), bias), s.const(0));
  const kernel = product({ ...sizes, transposed }, [
    { slot: 3, index: position(shape, axes), value },
    { slot: 4, index: position(shape, axes), value: s.result(0, "f32") },
  ]);
  const slots = [
    randomFloats(stored(m, k, "a"), m + 1),
    randomFloats(stored(k, n, "b"), n + 2),
    randomFloats([n], k + 3),
    zeros("f32", shape),
    zeros("f32", shape),
  ];
  return { kernel, slots };
}

/** Around the sizes of tiles, of panels, of groups of four terms, and of blocks of terms. */
const products: readonly Product[] = [
  { m: 1, n: 1, k: 1 },
  { m: 1, n: 100, k: 3 },
  { m: 2, n: 3, k: 2000 },
  { m: 3, n: 7, k: 5 },
  { m: 4, n: 24, k: 4 },
  { m: 5, n: 25, k: 256 },
  { m: 11, n: 16, k: 257 },
  { m: 12, n: 32, k: 8 },
  { m: 13, n: 33, k: 513 },
  { m: 25, n: 31, k: 1030 },
  { m: 64, n: 128, k: 49 },
  { m: 70, n: 48, k: 255 },
  { m: 100, n: 65, k: 300 },
  { m: 37, n: 130, k: 1024 },
  { m: 260, n: 10, k: 64 },
  { m: 26, n: 272, k: 1024 },
  { m: 5, n: 17, k: 9, batch: [3] },
  { m: 13, n: 40, k: 260, batch: [2, 2] },
];

for (const sizes of products) {
  const { m, n, k, batch = [] } = sizes;
  const name = `a product [${[...batch, `${m}x${k}x${n}`]}] has the bits of WebAssembly`;
  nativeTest(name, async (native) => {
    for (const transposed of ["", "a", "b", "ab"]) {
      const { kernel, slots } = productCase(sizes, transposed);
      const expected = await runKernel(kernel, slots, { threads: 1, native: "off" });
      for (const checked of [false, true]) {
        const actual = await runKernel(kernel, slots, { threads: 1, native, checked });
        assertSameBits(actual, expected, `transposed "${transposed}", checked ${checked}`);
      }
    }
  });
}

nativeTest("products have the same bits on one, two, and four threads", async (native) => {
  for (const sizes of [{ m: 75, n: 130, k: 70 }, { m: 13, n: 40, k: 260, batch: [2, 2] }]) {
    const { kernel, slots } = productCase(sizes, "b");
    const expected = await runKernel(kernel, slots, { threads: 1, native: "off" });
    for (const threads of [1, 2, 4]) {
      using cpu = openSharing(native, threads);
      const plan = externalPlan([[kernel]], slots);
      const buffers = slots.map(({ type }, i) => cpu.allocate(type, `slot ${i}`));
      buffers.forEach((buffer, i) => buffer.write(slots[i]!.data));
      {
        using executable = await cpu.compile(plan, new Map(buffers.entries()));
        await untilReady(cpu, threads);
        for (let run = 0; run < 20; run++) executable.run();
      }
      assertSameBits(await cpu.read(buffers), expected, `${threads} threads`);
    }
  }
});

nativeTest("a kernel that shares a dispatch with others keeps its bits", async (native) => {
  const { kernel, slots } = productCase({ m: 30, n: 50, k: 300 }, "");
  const twice = externalPlan([[kernel], [kernel]], slots);
  const expected = await runKernel(kernel, slots, { threads: 1, native: "off" });
  using cpu = openSharing(native, 2);
  assertSameBits(await runOn(cpu, twice, slots), expected, "twice");
});

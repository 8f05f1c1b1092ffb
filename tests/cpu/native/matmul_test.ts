import { externalPlan, runOn } from "../../gpu/_plans.ts";
import { assertSameBits, nativeTest, openSharing, runKernel, runTogether } from "./_native.ts";
import { type Product, productCase } from "./_products.ts";

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
  { m: 2, n: 3, k: 349_530 }, // more terms than are packed at once
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
        await runTogether(cpu, executable, threads);
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

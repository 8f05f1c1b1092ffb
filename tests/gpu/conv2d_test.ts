import { assert } from "@std/assert";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { openGpu } from "../../gpu/mod.ts";
import { type Conv2dKernel, s } from "../../graph/mod.ts";
import { gpuTest } from "./_adapter.ts";
import { assertRight, type Case, shapes, sizesOf } from "./_conv2d.ts";
import { assertSameAsReference, position, SUMMED, zeros } from "./_plans.ts";
import { randomFloats } from "./_random.ts";

const cases: readonly Case[] = [
  { image: [1, 1, 3, 3], o: 1, window: [1, 1] },
  { image: [2, 3, 5, 7], o: 4, window: [3, 3] },
  { image: [2, 5, 4, 12], o: 10, window: [3, 3], padding: [1, 1] },
  { image: [1, 8, 3, 16], o: 8, window: [3, 3], padding: [1, 1] },
  { image: [1, 4, 9, 8], o: 8, window: [3, 3], padding: [1, 1], stride: [2, 2] },
  { image: [2, 4, 4, 24], o: 3, window: [3, 3], stride: [2, 2], padding: [0, 0], behind: [1, 1] },
  { image: [2, 4, 8, 8], o: 4, window: [1, 1], stride: [2, 2] },
  { image: [1, 2, 4, 13], o: 4, window: [2, 4], padding: [0, 2], behind: [1, 1] },
  { image: [1, 6, 5, 8], o: 4, window: [3, 2], padding: [2, 1], stride: [1, 2], groups: 2 },
  { image: [1, 3, 9, 9], o: 4, window: [3, 3], padding: [2, 2], dilation: [2, 3] },
  { image: [1, 3, 9, 10], o: 4, window: [3, 2], stride: [2, 3], dilation: [2, 1] },
  { image: [1, 4, 4, 8], o: 4, window: [3, 3], padding: [1, 1], groups: 4 },
  { image: [1, 4, 6, 12], o: 4, window: [5, 5], padding: [2, 2] },
];

for (const role of ["forward", "inputGradient", "weightGradient"] as const) {
  gpuTest(`${role} of empty images or channels stores zeros, or nothing`, async (gpu) => {
    for (const [n, c, o] of [[0, 4, 6], [2, 0, 6], [2, 4, 0]] as const) {
      await assertRight(gpu, role, { image: [n, c, 5, 5], o, window: [3, 3] });
    }
  });

  for (const each of cases) {
    const { image, o, ...rest } = each;
    const name = `conv2d ${role} of [${image}] to ${o} channels, ${JSON.stringify(rest)}`;
    gpuTest(name, (gpu) => assertRight(gpu, role, each));
  }
}

/** Images and channels that the tiles of GPUs fill, or do not. */
const onGpus: readonly Case[] = [
  ...cases,
  { image: [3, 16, 8, 16], o: 16, window: [3, 3], padding: [1, 1] },
  { image: [3, 9, 7, 14], o: 12, window: [3, 3], padding: [1, 1] },
  { image: [5, 4, 7, 7], o: 9, window: [3, 3], padding: [1, 1], stride: [2, 2] },
  { image: [2, 8, 6, 16], o: 16, window: [1, 1] },
  { image: [2, 32, 5, 8], o: 32, window: [3, 3], padding: [1, 1], groups: 8 },
  { image: [2, 10, 6, 12], o: 18, window: [3, 3], padding: [1, 1], groups: 2 },
  { image: [1, 27, 7, 7], o: 12, window: [3, 2], stride: [2, 2], groups: 3 },
  { image: [1, 8, 6, 8], o: 40, window: [1, 1], groups: 2 },
  { image: [1, 4, 6, 8], o: 12, window: [3, 3], padding: [1, 1], groups: 2 },
  { image: [1, 3, 12, 16], o: 8, window: [5, 5], padding: [2, 2], stride: [2, 2] },
];

for (const each of onGpus) {
  const { image, o, ...rest } = each;
  gpuTest(
    `the kernels for GPUs convolve [${image}] to ${o}, ${JSON.stringify(rest)}`,
    async () => {
      using gpu = await openGpu({ adapterClass: "other" });
      assert(gpu);
      for (const role of ["forward", "inputGradient", "weightGradient"] as const) {
        await assertRight(gpu, role, each);
      }
    },
  );
}

/** Source channels for several invocations that share a tile, and results that tiles stick out of. */
const shared: readonly Case[] = [
  { image: [3, 32, 5, 12], o: 20, window: [3, 3], padding: [1, 1] },
  { image: [2, 32, 7, 7], o: 48, window: [3, 3], padding: [1, 1], stride: [2, 2] },
  { image: [1, 64, 4, 8], o: 64, window: [1, 1], stride: [2, 2], groups: 2 },
];

for (const each of shared) {
  const { image, o, ...rest } = each;
  gpuTest(
    `invocations that share tiles convolve [${image}] to ${o}, ${JSON.stringify(rest)}`,
    async () => {
      for (const conv2dSharers of [2, 4]) {
        // Few enough that only sharers keep it busy.
        const profile = { conv2dSharers, conv2dTiles: [{ channels: 8, rows: 1, pixels: 8 }] };
        using gpu = await openGpu({ adapterClass: "other", profile });
        for (const role of ["forward", "inputGradient"] as const) {
          await assertRight(gpu!, role, each);
        }
      }
    },
  );
}

/** Tiles stick out of the result on every side, and one of them has strides. */
const besideTiles: readonly Case[] = [
  { image: [2, 5, 7, 20], o: 18, window: [3, 3], padding: [1, 1] },
  { image: [1, 17, 11, 12], o: 5, window: [3, 3], stride: [2, 2] },
];

for (const adapterClass of ["software", "other"] as const) {
  const { conv2dTiles, conv2dWeightTiles } = adapterTable[adapterClass];
  for (const tile of conv2dTiles) {
    gpuTest(`conv2d in tiles of ${JSON.stringify(tile)} (${adapterClass} kernels)`, async () => {
      using gpu = await openGpu({ adapterClass, profile: { conv2dTiles: [tile] } });
      for (const role of ["forward", "inputGradient"] as const) {
        for (const each of besideTiles) await assertRight(gpu!, role, each);
      }
    });
  }
  for (const tile of conv2dWeightTiles) {
    const name = `a weight gradient in tiles of ${JSON.stringify(tile)} (${adapterClass} kernels)`;
    gpuTest(name, async () => {
      const profile = { conv2dWeightTiles: [tile], conv2dWeightProducts: false };
      using gpu = await openGpu({ adapterClass, profile });
      for (const each of besideTiles) await assertRight(gpu!, "weightGradient", each);
    });
  }
}

gpuTest("weight gradients in registers sum rows whose ends are inside of a vec4", async () => {
  using gpu = await openGpu({ adapterClass: "intel" });
  const rows: readonly Case[] = [
    { image: [2, 4, 5, 14], o: 8, window: [3, 3], padding: [1, 1] },
    { image: [1, 3, 4, 27], o: 5, window: [3, 3], padding: [1, 1], stride: [2, 2] },
    { image: [1, 9, 3, 13], o: 9, window: [1, 1] },
    { image: [1, 4, 3, 25], o: 8, window: [3, 3], padding: [1, 1] },
  ];
  for (const each of rows) await assertRight(gpu!, "weightGradient", each);
});

gpuTest("convolutions of one dispatch have scratch memory of their own", async (gpu) => {
  const sizes = sizesOf({ image: [2, 4, 4, 8], o: 4, window: [3, 3], padding: [1, 1] });
  const kernels = (["forward", "inputGradient", "weightGradient"] as const).map((role, i) => {
    const [, , result] = shapes(role, sizes);
    const kernel: Conv2dKernel = {
      kind: "conv2d",
      label: role,
      role,
      sizes,
      a: role === "inputGradient" ? 1 : 0,
      b: role === "weightGradient" ? 1 : 2,
      stores: [{
        slot: 3 + i,
        index: position(result, [0, 1, 2, 3]),
        value: s.result(0, "f32"),
      }],
    };
    return { kernel, result };
  });
  const [image, weight, result] = shapes("forward", sizes);
  const slots = [randomFloats(image, 1), randomFloats(result, 2), randomFloats(weight, 3)];
  await assertSameAsReference(gpu, [kernels.map(({ kernel }) => kernel)], {
    slots: [...slots, ...kernels.map(({ result }) => zeros("f32", result))],
    tolerance: SUMMED,
  });
});

gpuTest("convolutions one after the other see each other's results", async (gpu) => {
  const sizes = sizesOf({ image: [2, 4, 4, 8], o: 4, window: [3, 3], padding: [1, 1] });
  const [image, weight, result] = shapes("forward", sizes);
  const index = position(result, [0, 1, 2, 3]);
  const next = (a: number, b: number, slot: number): Conv2dKernel => ({
    kind: "conv2d",
    label: `${a} to ${slot}`,
    role: "forward",
    sizes,
    a,
    b,
    stores: [{ slot, index, value: s.result(0, "f32") }],
  });
  const gradient: Conv2dKernel = {
    ...next(0, 3, 2),
    role: "weightGradient",
    stores: [{ slot: 2, index: position(weight, [0, 1, 2, 3]), value: s.result(0, "f32") }],
  };
  const slots = [
    randomFloats(image, 1),
    randomFloats(weight, 2),
    randomFloats(weight, 3),
    ...[1, 2, 3].map(() => zeros("f32", result)),
  ];
  // the gradient replaces weight 2, which the last convolution reads
  const dispatches = [[next(0, 1, 3)], [next(3, 2, 4)], [gradient], [next(4, 2, 5)]];
  await assertSameAsReference(gpu, dispatches, {
    slots,
    tolerance: { relative: 1e-4, absolute: 1e-3 },
  });
});

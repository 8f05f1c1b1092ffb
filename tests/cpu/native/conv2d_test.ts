import { assert } from "@std/assert";
import { forwardGather, inputGradientGather } from "../../../cpu/conv2d/geometry.ts";
import { tileGather } from "../../../cpu/conv2d/tiling.ts";
import { externalPlan } from "../../gpu/_plans.ts";
import {
  conv2dCase,
  describeLayer,
  epilogueNames,
  type Layer,
  layers,
  roles,
  sizesOf,
} from "../_conv2d.ts";
import { panelLayers } from "./_panels.ts";
import { assertSameBits, nativeTest, openSharing, runKernel, runTogether } from "./_native.ts";

/** Around the sizes of native tiles and panels. */
const wideLayers: readonly Layer[] = [
  { images: [2, 16, 32, 32], outputs: 16, kernel: [3, 3], padding: [1, 1] },
  { images: [3, 33, 16, 16], outputs: 30, kernel: [3, 3], padding: [1, 1] },
  { images: [2, 64, 8, 8], outputs: 64, kernel: [3, 3], padding: [1, 1] },
  { images: [5, 3, 17, 19], outputs: 20, kernel: [3, 3], padding: [1, 1] },
  { images: [2, 16, 16, 16], outputs: 32, kernel: [3, 3], padding: [1, 1], stride: [2, 2] },
  { images: [2, 17, 15, 13], outputs: 25, kernel: [5, 5], padding: [2, 2], stride: [2, 1] },
  { images: [3, 24, 9, 9], outputs: 40, kernel: [1, 1], stride: [2, 2] },
  { images: [2, 37, 7, 5], outputs: 13, kernel: [1, 1] },
  { images: [1, 20, 40, 40], outputs: 9, kernel: [3, 3], padding: [2, 2], dilation: [2, 2] },
  { images: [2, 36, 10, 10], outputs: 24, kernel: [3, 3], padding: [1, 1], groups: 2 },
  { images: [1, 3, 30, 30], outputs: 16, kernel: [7, 7], padding: [3, 3], stride: [2, 2] },
  { images: [40, 8, 3, 3], outputs: 8, kernel: [3, 3], padding: [1, 1] },
  { images: [3, 40, 4, 4], outputs: 50, kernel: [3, 3], padding: [1, 1] },
  { images: [2, 30, 8, 8], outputs: 36, kernel: [3, 3], padding: [0, 2], behind: [2, 0] },
  { images: [2, 20, 9, 8], outputs: 33, kernel: [3, 4], padding: [1, 2], stride: [2, 2] },
  { images: [1, 24, 6, 7], outputs: 25, kernel: [3, 3], padding: [2, 2], dilation: [2, 2] },
];

for (const lanes of [8, 16] as const) {
  Deno.test(`tiles of ${lanes} lanes read frames with dense columns, and others`, () => {
    for (const gatherOf of [forwardGather, inputGradientGather]) {
      const dense = wideLayers.map((layer) =>
        tileGather(gatherOf(sizesOf(layer)), lanes).native?.dense
      );
      assert(dense.includes(true) && dense.includes(false), `${gatherOf.name}: ${dense}`);
    }
  });
}

for (const role of roles) {
  for (const layer of [...layers, ...wideLayers, ...panelLayers]) {
    nativeTest(`${role} of ${describeLayer(layer)} has the bits of WebAssembly`, async (native) => {
      for (const epilogue of ["plain", "channels"] as const) {
        const { kernel, slots } = conv2dCase(role, sizesOf(layer), epilogue);
        const expected = await runKernel(kernel, slots, { threads: 1, native: "off" });
        for (const checked of [false, true]) {
          const actual = await runKernel(kernel, slots, { threads: 1, native, checked });
          assertSameBits(actual, expected, `${epilogue}, checked ${checked}`);
        }
      }
    });
  }
  nativeTest(`every epilogue of ${role} has the bits of WebAssembly`, async (native) => {
    for (const epilogue of epilogueNames) {
      for (const layer of [wideLayers[1]!, wideLayers[4]!, wideLayers[7]!]) {
        const { kernel, slots } = conv2dCase(role, sizesOf(layer), epilogue);
        const expected = await runKernel(kernel, slots, { threads: 1, native: "off" });
        const actual = await runKernel(kernel, slots, { threads: 1, native });
        assertSameBits(actual, expected, `${epilogue} of ${describeLayer(layer)}`);
      }
    }
  });
  nativeTest(`${role} has the same bits on one, two, and four threads`, async (native) => {
    for (const layer of [...wideLayers.slice(0, 5), ...panelLayers.slice(0, 3)]) {
      const { kernel, slots } = conv2dCase(role, sizesOf(layer), "channels");
      const expected = await runKernel(kernel, slots, { threads: 1, native: "off" });
      for (const threads of [1, 2, 4]) {
        using cpu = openSharing(native, threads);
        const buffers = slots.map(({ type }, i) => cpu.allocate(type, `slot ${i}`));
        buffers.forEach((buffer, i) => buffer.write(slots[i]!.data));
        const plan = externalPlan([[kernel]], slots);
        using executable = await cpu.compile(plan, new Map(buffers.entries()));
        await runTogether(cpu, executable, threads);
        assertSameBits(await cpu.read(buffers), expected, `${threads} threads`);
      }
    }
  });
}

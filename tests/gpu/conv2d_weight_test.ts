/** Weight gradients through workgroup memory. */
import { assert, assertEquals } from "@std/assert";
import { adapterTable } from "../../gpu/adapter_table.ts";
import {
  chunkCount,
  partCount,
  resultElements,
  type WeightBlocks,
  weightBlocks,
  windowElements,
} from "../../gpu/kernels/conv2d/weight_blocks.ts";
import { printLaunches } from "../../gpu/launch.ts";
import { openGpu } from "../../gpu/mod.ts";
import { stagePlan } from "../../gpu/stages.ts";
import { type Conv2dKernel, s } from "../../graph/mod.ts";
import { gpuTest } from "./_adapter.ts";
import { assertRight, type Case, shapes, sizesOf } from "./_conv2d.ts";
import { externalPlan, position, tableOf, zeros } from "./_plans.ts";

const same = { window: [3, 3], padding: [1, 1] } as const;

const cases: readonly Case[] = [
  // one channel, one image
  { image: [1, 1, 4, 4], o: 1, ...same },
  // more channels than a workgroup, in both directions
  { image: [1, 37, 4, 4], o: 70, ...same },
  { image: [2, 3, 8, 8], o: 40, ...same },
  // rows that no chunk, and columns that no unrolled loop divides
  { image: [2, 4, 23, 8], o: 4, ...same },
  { image: [1, 5, 11, 13], o: 6, ...same },
  { image: [2, 4, 7, 7], o: 8, ...same },
  // several chunks per row: whole, and not
  { image: [1, 4, 3, 56], o: 4, ...same },
  { image: [1, 4, 2, 66], o: 4, ...same },
  { image: [1, 4, 3, 40], o: 4, window: [3, 3] },
  { image: [1, 4, 5, 80], o: 4, ...same, stride: [2, 2] },
  { image: [1, 2, 3, 68], o: 2, window: [1, 3], padding: [0, 1], stride: [1, 2] },
  // more columns of the weight than an invocation sums
  { image: [1, 3, 9, 16], o: 8, window: [5, 5], padding: [2, 2] },
  { image: [1, 3, 16, 16], o: 8, window: [7, 7], padding: [3, 3], stride: [2, 2] },
  { image: [1, 3, 35, 35], o: 4, window: [11, 11], padding: [2, 2], stride: [4, 4] },
  { image: [1, 2, 4, 13], o: 4, window: [2, 4], padding: [0, 2], behind: [1, 1] },
  // strides, dilations, and paddings wider than the image
  { image: [2, 5, 9, 8], o: 7, ...same, stride: [2, 1] },
  { image: [1, 4, 9, 40], o: 4, window: [3, 3], padding: [3, 3], dilation: [3, 3] },
  { image: [1, 2, 3, 3], o: 3, window: [3, 3], padding: [4, 4] },
  // one column
  { image: [2, 8, 6, 16], o: 16, window: [1, 1] },
  { image: [1, 70, 4, 4], o: 66, window: [1, 1] },
  { image: [2, 9, 7, 7], o: 12, window: [1, 1], stride: [2, 2] },
  { image: [1, 4, 9, 1], o: 4, window: [3, 1] },
];

for (const each of cases) {
  const { image, o, ...rest } = each;
  const name = `a weight gradient of GPUs, [${image}] to ${o}, ${JSON.stringify(rest)}`;
  gpuTest(name, async () => {
    using gpu = await openGpu({ adapterClass: "other" });
    assert(gpu);
    await assertRight(gpu, "weightGradient", each);
  });
}

gpuTest(
  "a weight gradient is the same in one part and in as many parts as there are chunks",
  async () => {
    for (const invocations of [1, 2 ** 24]) {
      const profile = { conv2dWeightInvocations: invocations, parallelInvocations: invocations };
      using gpu = await openGpu({ adapterClass: "other", profile });
      assert(gpu);
      await assertRight(gpu, "weightGradient", { image: [5, 6, 9, 12], o: 10, ...same });
    }
  },
);

/** Sizes of many convolutions. */
function* manySizes() {
  for (const width of [1, 2, 3, 5, 7, 8, 14, 28, 32, 33, 56, 112, 224]) {
    for (const window of [1, 2, 3, 5, 7]) {
      for (const stride of [1, 2, 4]) {
        for (const [c, o] of [[1, 1], [3, 64], [16, 16], [48, 100], [512, 512]] as const) {
          const padding = window >> 1;
          yield sizesOf({
            image: [2, c, width, width],
            o,
            window: [window, window],
            padding: [padding, padding],
            stride: [stride, stride],
          });
        }
      }
    }
  }
}

function assertCovers(sizes: ReturnType<typeof sizesOf>, blocks: WeightBlocks): void {
  const { rows, quads, taps, chunkRows, rowChunks, columns, columnChunks } = blocks;
  assert(rows * quads * 4 * taps <= 64, "accumulators");
  assert(blocks.out / rows * blocks.in / (4 * quads) <= 64, "invocations");
  assert(blocks.paddedColumns >= columns && blocks.unrolled <= 8);
  assert(chunkRows * rowChunks >= sizes.outHeight && chunkRows * (rowChunks - 1) < sizes.outHeight);
  assert(columns * columnChunks >= sizes.outWidth && columns * (columnChunks - 1) < sizes.outWidth);
  // with the sums that invocations share, and WebGPU's default limit
  assert(4 * (resultElements(blocks) + windowElements(blocks)) + 4096 <= 16_384, "memory");
  const parts = partCount(sizes, blocks, adapterTable.other);
  const chunks = chunkCount(sizes, blocks);
  assert(parts >= 1 && (parts - 1) * Math.ceil(chunks / parts) < chunks, "parts");
}

Deno.test("chunks of weight gradients cover the result and fit in workgroup memory", () => {
  for (const sizes of manySizes()) {
    const blocks = weightBlocks(sizes);
    assert(blocks);
    assertCovers(sizes, blocks);
  }
});

/** Lines of the longest shader of a convolution, printed for GPUs. */
function longestShader(role: Conv2dKernel["role"], each: Case): number {
  const table = tableOf(adapterTable.other);
  const sizes = sizesOf(each);
  const [a, b, result] = shapes(role, sizes);
  const stores = [{ slot: 2, index: position(result, [0, 1, 2, 3]), value: s.result(0, "f32") }];
  const kernel: Conv2dKernel = { kind: "conv2d", label: role, role, sizes, a: 0, b: 1, stores };
  const slots = [a, b, result].map((shape) => zeros("f32", shape));
  const staged = stagePlan(externalPlan([[kernel]], slots), table);
  const options = { slots: staged.slots, table, maxSlots: 8, maxWorkgroupBytes: 16_384 };
  const launches = staged.dispatches.flatMap((dispatch) => printLaunches(dispatch, options));
  return Math.max(...launches.map(({ source }) => source.split("\n").length));
}

// One driver took more than 200 s to compile an unrolled weight gradient.
Deno.test("shaders of convolutions for GPUs have at most 550 lines", () => {
  const images: readonly Case[] = [
    { image: [2, 64, 32, 32], o: 64, ...same },
    { image: [2, 64, 14, 14], o: 64, ...same },
    { image: [2, 3, 224, 224], o: 64, window: [7, 7], padding: [3, 3], stride: [2, 2] },
    { image: [2, 3, 227, 227], o: 96, window: [11, 11], stride: [4, 4] },
    { image: [2, 64, 56, 56], o: 128, window: [1, 1], stride: [2, 2] },
    { image: [2, 64, 56, 56], o: 64, window: [5, 5], padding: [2, 2] },
  ];
  for (const each of images) {
    for (const role of ["forward", "inputGradient", "weightGradient"] as const) {
      const lines = longestShader(role, each);
      assert(lines <= 550, `${role} of ${JSON.stringify(each)} has ${lines} lines`);
    }
  }
});

Deno.test("a weight gradient whose window never fits in workgroup memory is not divided", () => {
  const wide = sizesOf({ image: [1, 32, 1, 2000], o: 32, window: [1, 3], dilation: [1, 900] });
  assertEquals(weightBlocks(wide), undefined);
});

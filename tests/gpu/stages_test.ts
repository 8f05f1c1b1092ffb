import { assertEquals } from "@std/assert";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { stagePlan } from "../../gpu/stages.ts";
import { type Conv2dKernel, s } from "../../graph/mod.ts";
import { externalPlan, position, product, zeros } from "./_plans.ts";

function convolution(role: Conv2dKernel["role"], channels: number, batch: number): Conv2dKernel {
  const result = role === "weightGradient" ? [channels, channels, 3, 3] : [batch, channels, 16, 16];
  return {
    kind: "conv2d",
    label: role,
    role,
    sizes: {
      n: batch,
      c: channels,
      h: 16,
      w: 16,
      o: channels,
      kernelHeight: 3,
      kernelWidth: 3,
      outHeight: 16,
      outWidth: 16,
      stride: [1, 1],
      padding: [1, 1],
      dilation: [1, 1],
      groups: 1,
    },
    a: 0,
    b: 1,
    stores: [{ slot: 2, index: position(result, [0, 1, 2, 3]), value: s.result(0, "f32") }],
  };
}

function staged(kernels: readonly Conv2dKernel[]) {
  // what the slots hold is of no matter here
  const plan = externalPlan(
    kernels.map((kernel) => [kernel]),
    [0, 1, 2].map(() => zeros("f32", [])),
  );
  const { dispatches, memories } = stagePlan(plan, adapterTable.software);
  return { kinds: dispatches.map(({ kernels }) => kernels.map(({ kind }) => kind)), memories };
}

Deno.test("a convolution adds at most one dispatch, and a big weight gradient none", () => {
  assertEquals(staged([convolution("forward", 16, 2)]), {
    kinds: [["conv2dPacking"], ["conv2dPixels"]],
    memories: [4 * 16 * 16 * 9],
  });
  assertEquals(staged([convolution("inputGradient", 16, 2)]).kinds, [
    ["conv2dPacking"],
    ["conv2dPixels"],
  ]);
  assertEquals(staged([convolution("weightGradient", 16, 8)]).kinds, [["conv2dWeight"], ["loop"]]);
  assertEquals(staged([convolution("weightGradient", 128, 8)]), {
    kinds: [["conv2dWeight"]],
    memories: [],
  });
});

Deno.test("weights are packed beside the convolution before, in two memories by turns", () => {
  const { kinds, memories } = staged(
    [16, 32, 8].map((channels) => convolution("forward", channels, 2)),
  );
  assertEquals(kinds, [
    ["conv2dPacking"],
    ["conv2dPixels", "conv2dPacking"],
    ["conv2dPixels", "conv2dPacking"],
    ["conv2dPixels"],
  ]);
  assertEquals(memories, [4 * 16 * 16 * 9, 4 * 32 * 32 * 9]);
});

Deno.test("a weight that is written before its convolution is packed after that", () => {
  const first = convolution("forward", 16, 2);
  const writer = { ...first, stores: [{ ...first.stores[0]!, slot: 1 }] };
  assertEquals(staged([{ ...writer, b: 0 }, first]).kinds, [
    ["conv2dPacking"],
    ["conv2dPixels"],
    ["conv2dPacking"],
    ["conv2dPixels"],
  ]);
});

/** The kinds and sizes of k of the kernels of a product on hardware. */
function stagedProduct(sizes: { readonly m: number; readonly n: number; readonly k: number }) {
  const { m, n } = sizes;
  const store = { slot: 2, index: position([m, n], [0, 1]), value: s.result(0, "f32") };
  const plan = externalPlan([[product(sizes, [store])]], [0, 1, 2].map(() => zeros("f32", [])));
  return stagePlan(plan, adapterTable.hardware).dispatches.flatMap(({ kernels }) =>
    kernels.map((kernel) => kernel.kind === "matmul" ? [kernel.batch, kernel.k] : kernel.kind)
  );
}

Deno.test("a product with few tiles is summed in parts of k", () => {
  // 16 workgroups of 64×64; parts of 112 terms make 7 times as many.
  assertEquals(stagedProduct({ m: 128, n: 512, k: 784 }), [[[7], 112], "loop"]);
  // A prime number of terms cannot be divided, and 1024×1024 has enough tiles.
  assertEquals(stagedProduct({ m: 128, n: 512, k: 787 }), [[[], 787]]);
  assertEquals(stagedProduct({ m: 1024, n: 1024, k: 1024 }), [[[], 1024]]);
  // Too small to be worth workgroup memory.
  assertEquals(stagedProduct({ m: 16, n: 16, k: 4096 }), [[[], 4096]]);
});

import { assertEquals } from "@std/assert";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { stagePlan } from "../../gpu/stages.ts";
import { type Conv2dKernel, type Kernel, type Plan, s, type Slot } from "../../graph/mod.ts";
import { externalPlan, loop, position, product, tableOf, zeros } from "./_plans.ts";

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
  const { dispatches, memories } = stagePlan(plan, tableOf(adapterTable.software));
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

/** The kinds and sizes of k of the kernels of a product on GPUs. */
function stagedProduct(sizes: { readonly m: number; readonly n: number; readonly k: number }) {
  const { m, n } = sizes;
  const store = { slot: 2, index: position([m, n], [0, 1]), value: s.result(0, "f32") };
  const plan = externalPlan([[product(sizes, [store])]], [0, 1, 2].map(() => zeros("f32", [])));
  return stagePlan(plan, tableOf(adapterTable.other)).dispatches.flatMap(({ kernels }) =>
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

/** The kinds of the kernels of each dispatch on GPUs. */
function kindsOnHardware(dispatches: readonly (readonly Kernel[])[], slots: readonly Slot[]) {
  const plan: Plan = {
    label: "by hand",
    slots,
    dispatches: dispatches.map((kernels) => ({ kernels })),
    memories: [4096, 4096],
  };
  return stagePlan(plan, tableOf(adapterTable.other)).dispatches
    .map(({ kernels }) => kernels.map(({ kind }) => kind));
}

/** Copies 16 elements from one slot to another. */
function copy(from: number, to: number): Kernel {
  return loop({
    outer: [16],
    outerStores: [{ slot: to, index: s.axis(0, 16), value: s.load(from, "f32", s.axis(0, 16)) }],
  });
}

const type = { dtype: "f32", shape: [16] } as const;
const external: Slot = { kind: "external", type, label: "external" };

Deno.test("small dispatches are joined if neither needs what the other writes", () => {
  const slots = [0, 1, 2, 3].map(() => external);
  assertEquals(kindsOnHardware([[copy(0, 1)], [copy(0, 2)], [copy(0, 3)]], slots).length, 1);
  assertEquals(kindsOnHardware([[copy(0, 1)], [copy(1, 2)]], slots).length, 2);
  assertEquals(kindsOnHardware([[copy(0, 1)], [copy(2, 0)]], slots).length, 2);
  assertEquals(kindsOnHardware([[copy(0, 1)], [copy(2, 1)]], slots).length, 2);
  // The third joins the second, but the fourth needs what the third writes.
  const chain = [[copy(0, 1)], [copy(1, 2)], [copy(0, 3)], [copy(3, 0)]];
  assertEquals(kindsOnHardware(chain, slots).map(({ length }) => length), [1, 2, 1]);
});

Deno.test("dispatches whose temporaries share memory are not joined", () => {
  const [a, b] = [0, 1].map((memory): Slot => ({ kind: "temporary", memory, type, label: "t" }));
  const slots = [external, a!, a!, b!];
  assertEquals(kindsOnHardware([[copy(0, 1)], [copy(0, 2)]], slots).length, 2);
  assertEquals(kindsOnHardware([[copy(1, 0)], [copy(3, 2)]], slots).length, 2);
  assertEquals(kindsOnHardware([[copy(0, 1)], [copy(0, 3)]], slots).length, 1);
});

Deno.test("a dispatch that occupies the adapter is joined with a small one only", () => {
  const large = (to: number): Kernel =>
    loop({
      outer: [2 ** 20],
      outerStores: [{ slot: to, index: s.axis(0, 2 ** 20), value: s.const(1) }],
    });
  const slots = [0, 1, 2].map(() => external);
  assertEquals(kindsOnHardware([[large(1)], [large(2)]], slots).length, 2);
  assertEquals(kindsOnHardware([[large(1)], [copy(0, 2)]], slots).length, 1);
});

Deno.test("a weight gradient joins an input gradient, whose workgroups are larger", () => {
  const slots = [0, 1, 2, 3].map(() => external);
  const gradient = convolution("inputGradient", 32, 2);
  const [store] = convolution("weightGradient", 32, 2).stores;
  const weightGradient: Kernel = {
    ...convolution("weightGradient", 32, 2),
    stores: [{ ...store!, slot: 3 }],
  };
  const sizes = [gradient, weightGradient].map((kernel) => {
    const plan = { label: "alone", slots, dispatches: [{ kernels: [kernel] }], memories: [] };
    const main = stagePlan(plan, tableOf(adapterTable.other)).dispatches
      .find(({ kernels }) =>
        kernels.some(({ kind }) => kind.startsWith("conv2d") && kind !== "conv2dPacking")
      );
    return tableOf(adapterTable.other).workgroupSizeOf(main!.kernels);
  });
  assertEquals(sizes, [256, 64]);
  assertEquals(kindsOnHardware([[gradient], [weightGradient]], slots), [
    ["conv2dPacking"],
    ["conv2dPixels", "conv2dWeightProduct"],
    ["loop"],
  ]);
});

/** Adds up that many slots, from `first` on, into one. */
function addSlots(first: number, count: number, to: number): Kernel {
  const index = s.axis(0, 16);
  const loads = Array.from({ length: count }, (_, i) => s.load(first + i, "f32", index));
  const value = loads.reduce((sum, load) => s.add(sum, load));
  return loop({ outer: [16], outerStores: [{ slot: to, index, value }] });
}

Deno.test("a joined launch binds at most 32 buffers", () => {
  const slots = Array.from({ length: 40 }, () => external);
  const dispatches = (count: number) => [[addSlots(2, count, 0)], [addSlots(2 + count, count, 1)]];
  assertEquals(kindsOnHardware(dispatches(15), slots).length, 1);
  assertEquals(kindsOnHardware(dispatches(16), slots).length, 2);
});

Deno.test("a tiny reduction joins a product, whose workgroups are smaller than its own", () => {
  const slots = [0, 1, 2, 3, 4].map(() => external);
  const store = { slot: 2, index: position([16, 16], [0, 1]), value: s.result(0, "f32") };
  const sum = (rows: number): Kernel =>
    loop({
      outer: [rows],
      inner: [256],
      reductions: [{
        combine: "sum",
        value: s.load(3, "f32", s.add(s.mul(s.axis(0, rows), s.int(256)), s.axis(1, 256))),
      }],
      outerStores: [{ slot: 4, index: s.axis(0, rows), value: s.result(0, "f32") }],
    });
  const dispatches = (rows: number) => [[product({ m: 16, n: 16, k: 16 }, [store])], [sum(rows)]];
  assertEquals(kindsOnHardware(dispatches(1), slots).length, 1);
  assertEquals(kindsOnHardware(dispatches(512), slots).length, 2);
});

import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError } from "../../graph/errors.ts";
import {
  type Combine,
  type LoopKernel,
  type Reduction,
  s,
  type Scalar,
  type Shape,
  type Store,
  variance,
} from "../../graph/mod.ts";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { printLaunches } from "../../gpu/launch.ts";
import { type AdapterClass, openGpu } from "../../gpu/mod.ts";
import * as gs from "../../mod.ts";
import { assertAllClose } from "../support/close.ts";
import { assertNoLeaks, gpuTest } from "./_adapter.ts";
import {
  assertSameAsReference,
  at,
  externalPlan,
  floats,
  integers,
  loop,
  position,
  runOn,
  type SlotData,
  SUMMED,
  tableOf,
  zeros,
} from "./_plans.ts";
import { randomFloats } from "./_random.ts";

/** Both ways to reduce: rows of invocations, and rows of workgroups where they are long. */
function reductionTest(
  name: string,
  dispatches: readonly (readonly LoopKernel[])[],
  slots: readonly SlotData[],
): void {
  for (const adapterClass of ["software", "other"] as const satisfies AdapterClass[]) {
    gpuTest(`${name} (${adapterClass} kernels)`, async () => {
      using gpu = await openGpu({ adapterClass });
      await assertSameAsReference(gpu!, dispatches, {
        slots,
        tolerance: SUMMED,
      });
      assertNoLeaks(gpu!);
    });
  }
}

/** Reduces over the inner axes into slot `slot`; the outer axes come first in the loop. */
function reduce(
  { combine, outer, inner, value, slot = 1 }: {
    readonly combine: Combine;
    readonly outer: Shape;
    readonly inner: Shape;
    readonly value: Scalar;
    readonly slot?: number;
  },
): LoopKernel {
  const index = position(outer, outer.map((_, axis) => axis));
  const outerStores: Store[] = [{ slot, index, value: s.result(0, value.type) }];
  return loop({ outer, inner, reductions: [{ combine, value }], outerStores });
}

const combines: readonly Combine[] = ["sum", "max", "min", "prod"];

const rowShapes: readonly (readonly [Shape, Shape])[] = [
  [[5], [3]],
  [[5], [64]],
  [[5], [61]],
  [[3], [1024]],
  [[2], [777]],
  [[], [300]],
  [[4, 3], [2, 5]],
  [[3], [7, 64]],
  [[3], [5, 4, 12]],
  [[2], [40, 9]],
];

for (const [outer, inner] of rowShapes) {
  const shape = [...outer, ...inner];
  const value = at(0, shape, { axes: shape.map((_, axis) => axis) });
  const kernels = combines.map((combine, i) =>
    reduce({ combine, outer, inner, value, slot: i + 1 })
  );
  const results = combines.map(() => zeros("f32", outer));
  reductionTest(`sum, max, min and prod of rows [${outer}] over [${inner}]`, [kernels], [
    randomFloats(shape, 11),
    ...results,
  ]);
}

const columnShapes: readonly (readonly [Shape, number])[] = [
  [[8], 5],
  [[7], 5],
  [[64], 33],
  [[128], 300],
  [[3, 8], 6],
  [[], 90],
  [[1], 64],
  [[7], 201],
  [[30], 100],
  [[3, 5], 64],
  [[1028], 40],
];
for (const [outer, inner] of columnShapes) {
  // The reduced axis is the outermost in memory: columns.
  const shape = [inner, ...outer];
  const axes = [outer.length, ...outer.map((_, axis) => axis)];
  const value = at(0, shape, { axes });
  const kernel = reduce({ combine: "sum", outer, inner: [inner], value });
  const name = `sum of ${inner} rows into columns [${outer}]`;
  reductionTest(name, [[kernel]], [randomFloats(shape, 13), zeros("f32", outer)]);
}

const integerRows = at(0, [4, 300], { axes: [0, 1], type: "i32" });
const integerKernels = (["sum", "max", "min"] as const).map((combine, i) =>
  reduce({ combine, outer: [4], inner: [300], value: integerRows, slot: i + 1 })
);
reductionTest("sum, max and min of i32", [integerKernels], [
  integers([4, 300], Array.from({ length: 1200 }, (_, i) => ((i * 7919) % 2003) - 1000)),
  ...[1, 2, 3].map(() => zeros("i32", [4])),
]);

const empty = loop({
  outer: [4],
  inner: [0],
  reductions: [{ combine: "max", value: at(0, [4, 0], { axes: [0, 1] }) }],
  outerStores: [{ slot: 1, index: position([4], [0]), value: s.result(0, "f32") }],
});
reductionTest("an empty maximum is −∞", [[empty]], [floats([4, 0], []), zeros("f32", [4])]);

/** softmax over the rows of [rows, size], in place: three walks over each row. */
function softmax(rows: number, size: number): LoopKernel {
  const shape = [rows, size];
  const x = at(0, shape, { axes: [0, 1] });
  const shifted = s.exp(s.sub(x, s.result(0, "f32")));
  const reductions: Reduction[] = [{ combine: "max", value: x }, {
    combine: "sum",
    value: shifted,
  }];
  const index = position(shape, [0, 1]);
  return loop({
    outer: [rows],
    inner: [size],
    reductions,
    outerStores: [{ slot: 1, index: position([rows], [0]), value: s.log(s.result(1, "f32")) }],
    innerStores: [{ slot: 0, index, value: s.div(shifted, s.result(1, "f32")) }],
  });
}
for (const [rows, size] of [[6, 10], [5, 64], [3, 257], [2, 1024]] as const) {
  reductionTest(`softmax in place of [${rows}, ${size}]`, [[softmax(rows, size)]], [
    randomFloats([rows, size], 17),
    zeros("f32", [rows]),
  ]);
}

/** softmax over the columns of [size, columns], in place. */
function columnSoftmax(size: number, columns: number): LoopKernel {
  const index = s.add(s.mul(s.axis(1, size), s.int(columns)), s.axis(0, columns));
  const x = s.load(0, "f32", index);
  const shifted = s.exp(s.sub(x, s.result(0, "f32")));
  return loop({
    outer: [columns],
    inner: [size],
    reductions: [{ combine: "max", value: x }, { combine: "sum", value: shifted }],
    outerStores: [{ slot: 1, index: s.axis(0, columns), value: s.result(1, "f32") }],
    innerStores: [{ slot: 0, index, value: s.div(shifted, s.result(1, "f32")) }],
  });
}
for (const [size, columns] of [[40, 33], [64, 8], [257, 3], [100, 300]] as const) {
  reductionTest(
    `softmax in place of the columns of [${size}, ${columns}]`,
    [[columnSoftmax(size, columns)]],
    [randomFloats([size, columns], 19), zeros("f32", [columns])],
  );
}

// Mean and mean square share one walk; the variance needs a second.
const x = at(0, [9, 40], { axes: [0, 1] });
const mean = s.mul(s.result(0, "f32"), s.const(1 / 40));
const deviation = s.sub(x, mean);
const moments = loop({
  outer: [9],
  inner: [40],
  reductions: [
    { combine: "sum", value: x },
    { combine: "sum", value: s.mul(x, x) },
    { combine: "sum", value: s.mul(deviation, deviation) },
  ],
  outerStores: [
    { slot: 1, index: position([9], [0]), value: s.result(1, "f32") },
    { slot: 2, index: position([9], [0]), value: s.result(2, "f32") },
  ],
});
reductionTest(
  "independent reductions share a walk and later ones see their results",
  [[moments]],
  [
    randomFloats([9, 40], 29),
    zeros("f32", [9]),
    zeros("f32", [9]),
  ],
);

/** The moments of columns; stores twice each element in place, and another value of each. */
function momentsWithStores(size: number, columns: number, other: (x: Scalar) => Scalar) {
  const index = s.add(s.mul(s.axis(1, size), s.int(columns)), s.axis(0, columns));
  const x = s.load(0, "f32", index);
  const deviation = s.sub(x, s.mul(s.result(0, "f32"), s.const(1 / size)));
  return loop({
    outer: [columns],
    inner: [size],
    reductions: [
      { combine: "sum", value: x },
      { combine: "sum", value: s.mul(deviation, deviation) },
    ],
    outerStores: [{ slot: 2, index: s.axis(0, columns), value: s.result(1, "f32") }],
    innerStores: [
      { slot: 0, index, value: s.mul(x, s.const(2)) },
      { slot: 1, index, value: other(x) },
    ],
  });
}
for (const [size, columns] of [[40, 33], [128, 516], [257, 3], [5, 8]] as const) {
  const slots = [
    randomFloats([size, columns], 19),
    zeros("f32", [size, columns]),
    zeros("f32", [columns]),
  ];
  for (const result of [0, 1]) {
    const kernel = momentsWithStores(size, columns, (x) => s.sub(x, s.result(result, "f32")));
    reductionTest(
      `stores that need sum ${result} of the columns of [${size}, ${columns}], one in place`,
      [[kernel]],
      slots,
    );
  }
}

Deno.test("stores that need no result of the last walk share it", () => {
  const walks = (result: number) => {
    const kernel = momentsWithStores(40, 33, (x) => s.sub(x, s.result(result, "f32")));
    const { slots } = externalPlan([[kernel]], [
      zeros("f32", [40, 33]),
      zeros("f32", [40, 33]),
      zeros("f32", [33]),
    ]);
    const table = tableOf(adapterTable.software);
    const options = { slots, table, maxSlots: 8, maxWorkgroupBytes: 16_384 };
    const [launch] = printLaunches({ kernels: [kernel] }, options);
    return launch!.source.match(/for \(/g)?.length;
  };
  assertEquals([walks(0), walks(1)], [2, 3]);
});

gpuTest("rows longer than an invocation's loop trips are shared by a workgroup", async (gpu) => {
  const size = 65_536 * 16;
  const value = at(0, [2, size], { axes: [0, 1] });
  const kernel = reduce({ combine: "sum", outer: [2], inner: [size], value: s.mul(value, value) });
  const data = new Float32Array(2 * size).fill(0.5);
  const slots = [{ type: { dtype: "f32", shape: [2, size] }, data } as const, zeros("f32", [2])];
  const [, sums] = await runOn(gpu, externalPlan([[kernel]], slots), slots);
  assertAllClose(sums!, [size / 4, size / 4], { relative: 0, absolute: 0 }, "sums of squares");
});

gpuTest("a row that no workgroup of a software adapter can walk is refused", async (gpu) => {
  if (!gpu.adapter.isFallbackAdapter) return;
  const size = 60_000 * 33 * 16;
  const value = s.cast(s.axis(1, size), "f32");
  const kernel = loop({
    outer: [1],
    inner: [size, 3, 3],
    reductions: [{ combine: "sum", value }],
    outerStores: [{ slot: 0, index: s.int(0), value: s.result(0, "f32") }],
  });
  const slots = [zeros("f32", [1])];
  await assertRejects(
    () => runOn(gpu, externalPlan([[kernel]], slots), slots),
    DeviceError,
    'Cannot compile kernel "loop"',
  );
});

gpuTest("a mean over axes of which none alone has enough parts", async (gpu) => {
  // 9.6 million elements: more loop trips than one workgroup of a software adapter can make.
  const ones = gs.tensor(new Float32Array(64 * 3 * 224 * 224).fill(1), [64, 3, 224, 224]);
  const [mean] = await gs.evaluate([ones.mean()], { backend: gpu });
  assertEquals(mean, Float32Array.of(1));
});

gpuTest("a variance in parts is accurate for means far from 0", async () => {
  using gpu = await openGpu({ adapterClass: "other" });
  const shape = [32, 3, 64, 64];
  const data = Float32Array.from({ length: 32 * 3 * 64 * 64 }, (_, i) => 1000 + Math.sin(i * i));
  const x = gs.tensor(data, shape);
  const deviations = variance(x.node, [0, 2, 3]);
  const [result] = await gs.evaluate([new gs.Tensor(deviations)], { backend: gpu! });
  const expected = [0, 1, 2].map((channel) => varianceOf(data, channel));
  assertAllClose(result!, expected, { relative: 1e-5, absolute: 0 }, "variance");
});

/** The variance of one channel of [32, 3, 64, 64], in float64. */
function varianceOf(data: Float32Array, channel: number): number {
  const elements = [...data].filter((_, i) => Math.floor(i / 4096) % 3 === channel);
  const mean = elements.reduce((sum, x) => sum + x, 0) / elements.length;
  return elements.reduce((sum, x) => sum + (x - mean) ** 2, 0) / elements.length;
}

import { elementCount, type HostArray, type MatmulKernel, s, type Shape } from "../../graph/mod.ts";
import type { AdapterProfile } from "../../gpu/adapter_profile.ts";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { type AdapterClass, openGpu } from "../../gpu/mod.ts";
import { assertAllClose } from "../support/close.ts";
import { assertNoLeaks, gpuTest } from "./_adapter.ts";
import {
  assertSameAsReference,
  at,
  externalPlan,
  position,
  product,
  runOn,
  type SlotData,
  SUMMED,
  zeros,
} from "./_plans.ts";
import { randomFloats } from "./_random.ts";

interface Case {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch?: Shape;
}

const cases: readonly Case[] = [
  { m: 1, n: 1, k: 1 },
  { m: 1, n: 12, k: 8 },
  { m: 12, n: 1, k: 8 },
  { m: 8, n: 8, k: 8 },
  { m: 5, n: 7, k: 3 },
  { m: 16, n: 10, k: 64 },
  { m: 10, n: 20, k: 33 },
  { m: 64, n: 128, k: 49 },
  { m: 67, n: 70, k: 37 },
  { m: 68, n: 132, k: 36 },
  { m: 130, n: 64, k: 64 },
  { m: 6, n: 9, k: 5, batch: [3] },
  { m: 8, n: 12, k: 4, batch: [2, 3] },
  { m: 3, n: 4, k: 0 },
];

function inputs({ m, n, k, batch = [] }: Case): SlotData[] {
  return [
    randomFloats([...batch, m, k], 31),
    randomFloats([...batch, k, n], 37),
    zeros("f32", [...batch, m, n]),
  ];
}

function plain(each: Case, transposed: string): MatmulKernel {
  const shape = [...each.batch ?? [], each.m, each.n];
  const index = position(shape, shape.map((_, axis) => axis));
  return product({ ...each, transposed }, [{ slot: 2, index, value: s.result(0, "f32") }]);
}

for (const each of cases) {
  for (const transposed of ["", "a", "b", "ab"]) {
    const name = `${each.batch ? `[${each.batch}] × ` : ""}${each.m}×${each.k}×${each.n}`;
    gpuTest(
      `matmul ${name}, stored transposed: "${transposed}"`,
      (gpu) =>
        assertSameAsReference(gpu, [[plain(each, transposed)]], {
          slots: inputs(each),
          tolerance: SUMMED,
        }),
    );
  }
}

/** The variant through workgroup memory is taken from 256³ on. */
const big: readonly Case[] = [
  { m: 256, n: 256, k: 256 },
  { m: 260, n: 268, k: 252 },
  { m: 255, n: 259, k: 257 },
  { m: 64, n: 128, k: 256, batch: [8] },
  { m: 100, n: 260, k: 784 },
];

/** The product in float64; `transposed` names the operands that are stored so. */
function expectedProduct({ m, n, k, batch = [] }: Case, transposed: string): Float64Array {
  const [a, b] = inputs({ m, n, k, batch }).map(({ data }) => data) as [HostArray, HostArray];
  const isA = transposed.includes("a");
  const isB = transposed.includes("b");
  return Float64Array.from({ length: elementCount(batch) * m * n }, (_, i) => {
    const [matrix, row, column] = [Math.floor(i / (m * n)), Math.floor(i / n) % m, i % n];
    let sum = 0;
    for (let j = 0; j < k; j++) {
      sum += a[matrix * m * k + (isA ? j * m + row : row * k + j)]! *
        b[matrix * k * n + (isB ? column * k + j : j * n + column)]!;
    }
    return sum;
  });
}

/** Tiles that stick out of the results, and parts of k that are equal, not equal, or empty. */
const shared: readonly Case[] = [
  { m: 1, n: 1, k: 1 },
  { m: 3, n: 4, k: 0 },
  { m: 5, n: 7, k: 3 },
  { m: 1, n: 33, k: 130 },
  { m: 2, n: 40, k: 64, batch: [2] },
  { m: 10, n: 20, k: 68 },
  { m: 36, n: 44, k: 32 },
];

for (const each of shared) {
  const name = `${each.batch ? `[${each.batch}] × ` : ""}${each.m}×${each.k}×${each.n}`;
  gpuTest(`matmul ${name} on GPUs`, async () => {
    const profiles: Partial<AdapterProfile>[] = [
      {},
      { parallelInvocations: 8 }, // few invocations keep it busy: tiles are large and not shared
      { matmulPointers: false },
      { matmulWorkgroup: 4 }, // fewer invocations than sharers
    ];
    for (const profile of profiles) {
      using gpu = await openGpu({ adapterClass: "other", profile });
      for (const transposed of ["", "a", "b", "ab"]) {
        await assertSameAsReference(gpu!, [[plain(each, transposed)]], {
          slots: inputs(each),
          tolerance: SUMMED,
        });
      }
    }
  });
}

gpuTest("sharers of a tile store each element of an epilogue once", async () => {
  const [m, n, k] = [13, 44, 70];
  const axes = [0, 1];
  const shape = [m, n];
  using gpu = await openGpu({ adapterClass: "other" });
  const kernel = product({ m, n, k }, [
    { slot: 2, index: position(shape, axes), value: s.max(s.result(0, "f32"), s.const(0)) },
    // In place: a second store would add the product twice.
    {
      slot: 3,
      index: position(shape, axes),
      value: s.add(at(3, shape, { axes }), s.result(0, "f32")),
    },
  ]);
  const slots = [...inputs({ m, n, k }), randomFloats(shape, 43)];
  await assertSameAsReference(gpu!, [[kernel]], { slots, tolerance: SUMMED });
});

interface Table {
  readonly name: string;
  readonly adapterClass: AdapterClass;
  readonly profile?: Partial<AdapterProfile>;
}

/** Small adapters take the largest workgroups, and large ones split k into many parts. */
const tables: readonly Table[] = [
  { name: "software kernels", adapterClass: "software" },
  { name: "kernels for GPUs", adapterClass: "other" },
  {
    name: "kernels for GPUs, large workgroups",
    adapterClass: "other",
    profile: { cooperativeGroups: 2 },
  },
  {
    name: "kernels for GPUs, parts of k",
    adapterClass: "other",
    profile: { cooperativeGroups: 2048 },
  },
  { name: "kernels for Intel GPUs", adapterClass: "intel" },
];

for (const { name, adapterClass, profile = {} } of tables) {
  for (const each of big) {
    gpuTest(`matmul ${each.m}×${each.k}×${each.n} (${name})`, async () => {
      using gpu = await openGpu({ adapterClass, profile });
      for (const transposed of ["", "a", "b", "ab"]) {
        const slots = inputs(each);
        const [, , result] = await runOn(
          gpu!,
          externalPlan([[plain(each, transposed)]], slots),
          slots,
        );
        assertAllClose(result!, expectedProduct(each, transposed), SUMMED, `"${transposed}"`);
      }
      assertNoLeaks(gpu!);
    });
  }
}

/** Tiles stick out of the results, whose columns come in fours or not. */
const besideTiles: readonly (Case & { readonly transposed: string })[] = [
  { m: 37, n: 44, k: 23, transposed: "" },
  { m: 33, n: 67, k: 24, transposed: "ab" },
];

for (const tile of adapterTable.software.matmulTiles) {
  gpuTest(`matmul in tiles of ${JSON.stringify(tile)}`, async () => {
    using gpu = await openGpu({ adapterClass: "software", profile: { matmulTiles: [tile] } });
    for (const { transposed, ...each } of besideTiles) {
      await assertSameAsReference(gpu!, [[plain(each, transposed)]], {
        slots: inputs(each),
        tolerance: SUMMED,
      });
    }
  });
}

gpuTest("a long product takes a tile that makes few enough loop trips", async () => {
  using gpu = await openGpu({ adapterClass: "software" });
  const each = { m: 64, n: 64, k: 50_000 };
  const slots = inputs(each);
  const [, , result] = await runOn(gpu!, externalPlan([[plain(each, "b")]], slots), slots);
  // sums of 50,000 terms of either sign, which largely cancel
  assertAllClose(result!, expectedProduct(each, "b"), { relative: 1e-4, absolute: 5e-3 }, "b");
});

for (const [m, n] of [[16, 32], [67, 70], [64, 10], [9, 12]] as const) {
  gpuTest(`matmul ${m}×20×${n} with bias, relu and a second result as epilogue`, (gpu) => {
    const axes = [0, 1];
    const sum = s.add(s.result(0, "f32"), at(3, [n], { axes: [1] }));
    const scaled = s.mul(sum, at(4, [m], { axes: [0] }));
    const kernel = product({ m, n, k: 20 }, [
      { slot: 2, index: position([m, n], axes), value: s.max(sum, s.const(0)) },
      // In place, and stored transposed: the epilogue works element by element.
      { slot: 5, index: position([m, n], axes), value: s.sub(at(5, [m, n], { axes }), scaled) },
      ...(m === 9 ? [{ slot: 6, index: position([n, m], [1, 0]), value: s.result(0, "f32") }] : []),
    ]);
    return assertSameAsReference(gpu, [[kernel]], {
      slots: [
        ...inputs({ m, n, k: 20 }),
        randomFloats([n], 41),
        randomFloats([m], 43),
        randomFloats([m, n], 47),
        zeros("f32", [n, m]),
      ],
      tolerance: SUMMED,
    });
  });
}

gpuTest("a matrix operand may be repeated over the batch and start inside its slot", (gpu) => {
  const base = plain({ m: 8, n: 12, k: 5, batch: [3] }, "");
  const kernel: MatmulKernel = {
    ...base,
    a: { ...base.a, offset: 3, rowStride: 6 },
    b: { ...base.b, batchStrides: [0] },
  };
  return assertSameAsReference(gpu, [[kernel]], {
    slots: [randomFloats([200], 53), randomFloats([5, 12], 59), zeros("f32", [3, 8, 12])],
    tolerance: SUMMED,
  });
});

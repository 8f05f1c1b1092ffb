import { assert, assertEquals } from "@std/assert";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { printLaunches } from "../../gpu/launch.ts";
import { openGpu } from "../../gpu/mod.ts";
import { type MatmulKernel, s, type Shape } from "../../graph/mod.ts";
import { gpuTest } from "./_adapter.ts";
import {
  assertSameAsReference,
  externalPlan,
  position,
  product,
  type SlotData,
  SUMMED,
  tableOf,
  zeros,
} from "./_plans.ts";
import { randomFloats } from "./_random.ts";

interface Case {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch?: Shape;
  /** First elements of a and b in their slots. */
  readonly offsets?: readonly [number, number];
}

function kernelOf(each: Case, transposed: string): MatmulKernel {
  const shape = [...each.batch ?? [], each.m, each.n];
  const index = position(shape, shape.map((_, axis) => axis));
  const kernel = product({ ...each, transposed }, [{ slot: 2, index, value: s.result(0, "f32") }]);
  const [a, b] = each.offsets ?? [0, 0];
  return { ...kernel, a: { ...kernel.a, offset: a }, b: { ...kernel.b, offset: b } };
}

function slotsOf({ m, n, k, batch = [], offsets: [a, b] = [0, 0] }: Case): SlotData[] {
  const matrices = batch.reduce((count, size) => count * size, 1);
  return [
    randomFloats([a + matrices * m * k], 31),
    randomFloats([b + matrices * k * n], 37),
    zeros("f32", [...batch, m, n]),
  ];
}

/** Sizes of which none, one, or two are multiples of four, and buffers that are none. */
const cases: readonly Case[] = [
  { m: 1, n: 1, k: 5 },
  { m: 5, n: 3, k: 67 },
  { m: 13, n: 17, k: 64 },
  { m: 9, n: 11, k: 1030 }, // lines too far apart for one pointer
  { m: 17, n: 1031, k: 9 },
  { m: 33, n: 35, k: 70, offsets: [3, 1] },
  { m: 9, n: 10, k: 34, batch: [3] }, // the second matrix begins elsewhere in a vec4
  { m: 6, n: 10, k: 34, batch: [2, 2] },
];

for (const adapterClass of ["other", "intel"] as const) {
  for (const each of cases) {
    const { m, n, k, batch = [], offsets = [] } = each;
    gpuTest(`matmul [${batch}] ${m}×${k}×${n} at [${offsets}] (${adapterClass})`, async () => {
      // few invocations keep it busy: tiles are large and not shared
      const large = adapterClass === "other" ? [{ parallelInvocations: 8 }] : [];
      for (const profile of [{}, ...large]) {
        using gpu = await openGpu({ adapterClass, profile });
        for (const transposed of ["", "a", "b", "ab"]) {
          await assertSameAsReference(gpu!, [[kernelOf(each, transposed)]], {
            slots: slotsOf(each),
            tolerance: SUMMED,
            what: `"${transposed}"`,
          });
        }
      }
    });
  }
}

/** The loads of the loop of a product's shader, of one element or of four. */
function loads(each: Case, transposed: string): { readonly one: number; readonly four: number } {
  const kernel = kernelOf(each, transposed);
  const { slots } = externalPlan([[kernel]], slotsOf(each));
  const table = tableOf(adapterTable.other);
  const options = { slots, table, maxSlots: 8, maxWorkgroupBytes: 16_384 };
  const [launch] = printLaunches({ kernels: [kernel] }, options);
  const loop = /for \(var trip.*?\n {2}\}/s.exec(launch!.source)?.[0];
  assert(loop);
  return {
    one: loop.match(/load_\d/g)?.length ?? 0,
    four: loop.match(/load4_\d/g)?.length ?? 0,
  };
}

Deno.test("elements that are not aligned are loaded in the vec4s that contain them", () => {
  const sizes = { m: 61, n: 63, k: 2001 };
  for (const transposed of ["", "a", "b", "ab"]) {
    const { one, four } = loads(sizes, transposed);
    assertEquals(one, 0);
    // a trip has 4 groups of four positions of k, for 12 lines: 48 vec4s, if they were aligned
    assert(four >= 48 && four <= 1.5 * 48, `"${transposed}": ${four}`);
  }
});

Deno.test("matrices of a batch that begin elsewhere in a vec4 are loaded element by element", () => {
  const { one, four } = loads({ m: 61, n: 63, k: 2001, batch: [2] }, "");
  assert(one > 0);
  assertEquals(four, 0);
});

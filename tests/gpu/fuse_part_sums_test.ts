import { assertEquals } from "@std/assert";
import { adapterTable } from "../../gpu/adapter_table.ts";
import type { AdapterProfile } from "../../gpu/adapter_profile.ts";
import { openGpu } from "../../gpu/mod.ts";
import { stagePlan } from "../../gpu/stages.ts";
import { type LoopKernel, type Plan, s, type Scalar, type Slot } from "../../graph/mod.ts";
import { assertNoLeaks, gpuTest } from "./_adapter.ts";
import {
  assertSameAsReference,
  at,
  externalPlan,
  loop,
  position,
  SUMMED,
  tableOf,
  zeros,
} from "./_plans.ts";
import { randomFloats } from "./_random.ts";

/** A matrix that is computed in parts. */
interface Sizes {
  readonly rows: number;
  readonly columns: number;
  readonly parts: number;
}

/** Adds the parts in slot 0 to slot 1 where that is positive, in place, else stores 0. */
function addParts({ rows, columns, parts }: Sizes): LoopKernel {
  const shape = [rows, columns];
  const before = at(1, shape, { axes: [0, 1] });
  const sum = s.add(before, s.result(0, "f32"));
  const value = s.select(s.le(before, s.const(0)), s.const(0), sum);
  return loop({
    label: "add",
    outer: shape,
    inner: [parts],
    reductions: [{
      combine: "sum",
      value: s.load(0, "f32", position([parts, ...shape], [2, 0, 1], [parts, ...shape])),
    }],
    outerStores: [{ slot: 1, index: position(shape, [0, 1]), value }],
  });
}

/** Reduces the columns (or rows) of slots 1 and 2 to slots 3 and 4. */
function reduce({ rows, columns }: Sizes, along: "columns" | "rows" = "columns"): LoopKernel {
  const shape = [rows, columns];
  const [axes, outer, inner] = along === "columns"
    ? [[1, 0], columns, rows]
    : [[0, 1], rows, columns];
  const sum = at(1, shape, { axes });
  return loop({
    label: "reduce",
    outer: [outer],
    inner: [inner],
    reductions: [
      { combine: "sum", value: sum },
      { combine: "sum", value: s.mul(sum, at(2, shape, { axes })) },
      { combine: "max", value: sum },
    ],
    outerStores: [
      { slot: 3, index: s.axis(0, outer), value: s.result(0, "f32") },
      {
        slot: 4,
        index: s.axis(0, outer),
        value: s.add(s.result(1, "f32"), s.result(2, "f32")),
      },
    ],
  });
}

function slotsOf({ rows, columns, parts }: Sizes) {
  const most = Math.max(rows, columns);
  return [
    randomFloats([parts, rows, columns], 1),
    randomFloats([rows, columns], 2),
    randomFloats([rows, columns], 3),
    zeros("f32", [most]),
    zeros("f32", [most]),
  ];
}

/** The labels of the kernels of each dispatch. */
function labels(
  plan: Plan,
  { profile = adapterTable.other, mostBuffers }: {
    readonly profile?: AdapterProfile;
    readonly mostBuffers?: number;
  } = {},
): readonly (readonly string[])[] {
  return stagePlan(plan, tableOf(profile), mostBuffers).dispatches
    .map(({ kernels }) => kernels.map(({ label }) => label));
}

const apart = [["add"], ["reduce"]];
const together = [["add+reduce"]];
const usual: Sizes = { rows: 128, columns: 512, parts: 8 };

const sizes: readonly (readonly [Sizes, "columns" | "rows"])[] = [
  [usual, "columns"],
  [usual, "rows"],
  [{ rows: 131, columns: 516, parts: 3 }, "columns"], // the last workgroup is not full
  [{ rows: 65, columns: 1030, parts: 2 }, "columns"], // columns are not taken in fours
  [{ rows: 1, columns: 16_384, parts: 4 }, "columns"], // an axis of one element
  [{ rows: 514, columns: 77, parts: 7 }, "rows"],
  [{ rows: 256, columns: 256, parts: 5 }, "columns"], // axes differ in their strides only
  [{ rows: 256, columns: 256, parts: 5 }, "rows"],
  [{ rows: 5003, columns: 3, parts: 2 }, "rows"], // each invocation reduces a row
];
for (const [size, along] of sizes) {
  const { rows, columns, parts } = size;
  const name = `${along} of ${rows}×${columns} in ${parts} parts`;
  gpuTest(`parts are added by the kernel that reduces ${name}`, async () => {
    const dispatches = [[addParts(size)], [reduce(size, along)]];
    const slots = slotsOf(size);
    assertEquals(labels(externalPlan(dispatches, slots)), together);
    using gpu = await openGpu({ adapterClass: "other" });
    await assertSameAsReference(gpu!, dispatches, { slots, tolerance: SUMMED });
    assertNoLeaks(gpu!);
  });
}

function planOf(kernels: readonly LoopKernel[], size: Sizes = usual): Plan {
  return externalPlan(kernels.map((kernel) => [kernel]), slotsOf(size));
}

Deno.test("parts are added by another kernel where adapters are not kept busy by joining", () => {
  const plan = planOf([addParts(usual), reduce(usual)]);
  assertEquals(labels(plan, { profile: adapterTable.software }), apart);
});

Deno.test("parts are added by another kernel if the reduction would have too many buffers", () => {
  const plan = planOf([addParts(usual), reduce(usual)]);
  assertEquals(labels(plan, { mostBuffers: 5 }), together);
  assertEquals(labels(plan, { mostBuffers: 4 }), apart);
});

Deno.test("parts are added by another kernel if there are many, or few invocations", () => {
  for (const size of [{ ...usual, parts: 9 }, { ...usual, columns: 64 }]) {
    assertEquals(labels(planOf([addParts(size), reduce(size)], size)), apart);
  }
});

Deno.test("a sum of parts that is read more than once, or otherwise, has a kernel of its own", () => {
  const plain = reduce(usual);
  const [first, ...others] = plain.reductions;
  const read = (index: Scalar) => s.load(1, "f32", index);
  const replaced = (value: Scalar): LoopKernel => ({
    ...plain,
    reductions: [{ combine: "sum", value }, ...others],
  });
  const at0 = s.add(s.mul(s.axis(1, 128), s.int(512)), s.axis(0, 512));
  const kernels: readonly LoopKernel[] = [
    replaced(read(s.rem(s.add(at0, s.int(1)), s.int(128 * 512)))), // its neighbor
    replaced(read(s.axis(0, 512))), // one row only
    {
      ...plain,
      reductions: [first!, { combine: "sum", value: s.sub(first!.value, s.result(0, "f32")) }],
    },
    {
      ...plain,
      outerStores: [{ slot: 3, index: s.axis(0, 512), value: read(s.axis(0, 512)) }],
    },
    {
      ...plain,
      innerStores: [{ slot: 2, index: at0, value: s.result(0, "f32") }],
    },
  ];
  for (const kernel of kernels) assertEquals(labels(planOf([addParts(usual), kernel])), apart);
  const twice = externalPlan([[addParts(usual)], [plain, {
    ...plain,
    outerStores: [{ slot: 5, index: s.axis(0, 512), value: s.result(0, "f32") }],
  }]], [...slotsOf(usual), zeros("f32", [512])]);
  assertEquals(labels(twice), [["add"], ["reduce", "reduce"]]);
});

Deno.test("a reduction does not add parts whose memory its result reuses", () => {
  const plan = planOf([addParts(usual), reduce(usual)]);
  const memories = (result: number): Plan => ({
    ...plan,
    slots: plan.slots.map((slot, i): Slot =>
      i === 0 || i === 3
        ? { kind: "temporary", memory: i === 0 ? 0 : result, type: slot.type, label: slot.label }
        : slot
    ),
    memories: [4 * 8 * 128 * 512, 4 * 512],
  });
  assertEquals(labels(memories(1)), together);
  assertEquals(labels(memories(0)), apart);
});

import { assertEquals, assertRejects } from "@std/assert";
import { GraphError } from "../../graph/errors.ts";
import { openGpu } from "../../gpu/mod.ts";
import { type Plan, s } from "../../graph/mod.ts";
import { gpuTest } from "./_adapter.ts";
import {
  assertSameAsReference,
  at,
  externalPlan,
  loop,
  position,
  product,
  runOn,
  SUMMED,
  zeros,
} from "./_plans.ts";
import { randomFloats } from "./_random.ts";

gpuTest("several kernels of a dispatch run in one launch", async (gpu) => {
  const [m, n, k] = [20, 24, 16];
  const matmul = product({ m, n, k }, [
    { slot: 2, index: position([m, n], [0, 1]), value: s.result(0, "f32") },
  ]);
  const sum = loop({
    outer: [m],
    inner: [k],
    reductions: [{ combine: "sum", value: at(0, [m, k], { axes: [0, 1] }) }],
    outerStores: [{ slot: 3, index: position([m], [0]), value: s.result(0, "f32") }],
  });
  const map = loop({
    outer: [k, n],
    outerStores: [{
      slot: 4,
      index: position([k, n], [0, 1]),
      value: s.neg(at(1, [k, n], { axes: [0, 1] })),
    }],
  });
  const after = loop({
    outer: [m, n],
    outerStores: [{
      slot: 2,
      index: position([m, n], [0, 1]),
      value: s.add(at(2, [m, n], { axes: [0, 1] }), at(3, [m], { axes: [0] })),
    }],
  });
  await assertSameAsReference(gpu, [[matmul, sum, map], [after]], {
    slots: [
      randomFloats([m, k], 1),
      randomFloats([k, n], 2),
      zeros("f32", [m, n]),
      zeros("f32", [m]),
      zeros("f32", [k, n]),
    ],
    tolerance: SUMMED,
  });
});

for (const adapterClass of ["software", "other"] as const) {
  gpuTest(`kernels of unlike sizes each run once in a launch (${adapterClass})`, async () => {
    using gpu = await openGpu({ adapterClass });
    // in place, so that what runs twice shows
    const sizes = [5, 9000, 1, 333, 64];
    const kernels = sizes.map((size, slot) =>
      loop({
        outer: [size],
        outerStores: [{
          slot,
          index: position([size], [0]),
          value: s.add(at(slot, [size], { axes: [0] }), s.const(slot + 1)),
        }],
      })
    );
    await assertSameAsReference(gpu!, [kernels], {
      slots: sizes.map((size, seed) => randomFloats([size], seed)),
      tolerance: SUMMED,
    });
  });
}

gpuTest("a slot may be written in fours by one kernel and singly by another", async (gpu) => {
  const part = (size: number, start: number) =>
    loop({
      outer: [size],
      outerStores: [{
        slot: 1,
        index: s.add(s.axis(0, size), s.int(start)),
        value: s.neg(s.load(0, "f32", s.add(s.axis(0, size), s.int(start)))),
      }],
    });
  await assertSameAsReference(gpu, [[part(8, 0), part(3, 8), part(4, 12)]], {
    slots: [randomFloats([16], 5), zeros("f32", [16])],
    tolerance: SUMMED,
  });
});

gpuTest("a dispatch of more slots than a launch may bind is split", async (gpu) => {
  const count = gpu.limits.slotsPerDispatch + 5;
  const kernels = Array.from({ length: count }, (_, slot) => {
    const value = s.add(at(slot, [4], { axes: [0] }), s.const(slot));
    return loop({ outer: [4], outerStores: [{ slot, index: position([4], [0]), value }] });
  });
  await assertSameAsReference(gpu, [kernels], {
    slots: kernels.map((_, seed) => randomFloats([4], seed + 1)),
    tolerance: SUMMED,
  });
});

gpuTest("temporaries with one memory number share a buffer", async (gpu) => {
  const copy = (from: number, to: number) =>
    loop({
      outer: [5],
      outerStores: [{
        slot: to,
        index: position([5], [0]),
        value: s.mul(at(from, [5], { axes: [0] }), s.const(2)),
      }],
    });
  const slots = [randomFloats([5], 3), zeros("f32", [5])];
  const external = externalPlan([[copy(0, 2)], [copy(2, 3)], [copy(3, 4)], [copy(4, 1)]], slots);
  const temporary = (memory: number) =>
    ({
      kind: "temporary",
      memory,
      label: `t${memory}`,
      type: { dtype: "f32", shape: [5] },
    }) as const;
  const plan: Plan = {
    ...external,
    slots: [...external.slots, temporary(0), temporary(1), temporary(0)],
    memories: [20, 20],
  };
  const [, result] = await runOn(gpu, plan, slots);
  assertEquals([...result!], [...slots[0]!.data].map((v) => v * 16));
});

gpuTest("two slots with one memory in a dispatch that writes them are refused", async (gpu) => {
  const slots = [randomFloats([5], 3)];
  const base = externalPlan([], slots);
  const temporary = { kind: "temporary", memory: 0, type: { dtype: "f32", shape: [5] } } as const;
  const kernel = loop({
    outer: [5],
    outerStores: [{ slot: 2, index: position([5], [0]), value: at(1, [5], { axes: [0] }) }],
  });
  const plan: Plan = {
    ...base,
    dispatches: [{ kernels: [kernel] }],
    slots: [...base.slots, { ...temporary, label: "first" }, { ...temporary, label: "second" }],
    memories: [20],
  };
  await assertRejects(() => runOn(gpu, plan, slots), GraphError, "share memory");
});

import { assertEquals } from "@std/assert";
import { openCpu } from "../../cpu/mod.ts";
import type { Conv2dSizes, HostArray } from "../../graph/mod.ts";
import { assertSameAsReference, externalPlan, floats, runOn, SUMMED } from "../gpu/_plans.ts";
import { runPlan } from "../reference/plan_runner.ts";
import { assertAllClose } from "../support/close.ts";
import { configurations, cpuTest } from "./_backend.ts";
import {
  conv2dCase,
  conv2dSums,
  describeLayer,
  epilogueNames,
  type Layer,
  layers,
  roles,
  sizesOf,
} from "./_conv2d.ts";
import { untilReady } from "./_threads.ts";

for (const role of roles) {
  for (const layer of layers) {
    Deno.test(`cpu: ${role} of ${describeLayer(layer)} equals float64`, async () => {
      for (const epilogue of ["plain", "channels"] as const) {
        const { kernel, slots } = conv2dCase(role, sizesOf(layer), epilogue);
        const plan = externalPlan([[kernel]], slots);
        const expected = slots.map(({ data }) => Float64Array.from(data));
        runPlan(plan, expected);
        for (const options of configurations) {
          using cpu = openCpu(options);
          const actual = await runOn(cpu, plan, slots);
          actual.forEach((data, i) => {
            const what = `${epilogue}, slot ${i} on ${cpu.description}`;
            assertAllClose(data, expected[i]!, SUMMED, what);
          });
          assertEquals(cpu.memory(), { liveBuffers: 0, liveBytes: 0 });
        }
      }
    });
  }
}

const epilogueLayers: readonly Layer[] = [
  { images: [2, 5, 6, 6], outputs: 7, kernel: [3, 3], padding: [1, 1] },
  { images: [2, 9, 6, 8], outputs: 6, kernel: [3, 2], padding: [1, 0], stride: [2, 2] },
  { images: [3, 6, 5, 3], outputs: 10, kernel: [1, 1] },
  { images: [2, 6, 8, 8], outputs: 6, kernel: [3, 3], padding: [1, 1], groups: 2 },
];

for (const role of roles) {
  for (const epilogue of epilogueNames) {
    cpuTest(`stores of ${role} are done for every sum once: ${epilogue}`, async (cpu) => {
      for (const layer of epilogueLayers) {
        const { kernel, slots } = conv2dCase(role, sizesOf(layer), epilogue);
        const what = describeLayer(layer);
        await assertSameAsReference(cpu, [[kernel]], { slots, tolerance: SUMMED, what });
      }
    });
  }
  cpuTest(`${role} of empty images or channels stores zeros, or nothing`, async (cpu) => {
    const whole = sizesOf({ images: [2, 4, 5, 5], outputs: 6, kernel: [3, 3] });
    const empty: readonly Partial<Conv2dSizes>[] = [{ n: 0 }, { c: 0 }, { o: 0 }];
    for (const none of empty) {
      const { kernel, slots } = conv2dCase(role, { ...whole, ...none }, "channels");
      await assertSameAsReference(cpu, [[kernel]], { slots, tolerance: SUMMED });
    }
  });
}

for (const role of roles) {
  cpuTest(`${role} does not see what an earlier kernel left in scratch memory`, async (cpu) => {
    for (const groups of [1, 6]) {
      const sizes = sizesOf({
        images: [2, 6, 7, 9],
        outputs: 6,
        kernel: [3, 3],
        padding: [1, 1],
        stride: [1, 2],
        groups,
      });
      const { kernel, slots } = conv2dCase(role, sizes, "plain");
      const poison = { ...kernel, a: 3, b: 4, stores: [{ ...kernel.stores[0]!, slot: 5 }] };
      const all = [...slots, ...slots.map(({ type, data }) => floats(type.shape, data.fill(NaN)))];
      const fresh = conv2dCase(role, sizes, "plain").slots;
      all.splice(0, 3, ...fresh);
      await assertSameAsReference(cpu, [[poison], [kernel]], { slots: all, tolerance: SUMMED });
    }
  });
}

const sharedLayers: readonly Layer[] = [
  { images: [9, 16, 16, 16], outputs: 24, kernel: [3, 3], padding: [1, 1] },
  { images: [5, 8, 17, 17], outputs: 20, kernel: [3, 3], padding: [1, 1], stride: [2, 2] },
  { images: [4, 40, 9, 9], outputs: 33, kernel: [1, 1] },
  { images: [1, 20, 40, 40], outputs: 12, kernel: [3, 3], padding: [1, 1] },
  { images: [7, 24, 12, 12], outputs: 24, kernel: [3, 3], padding: [1, 1], groups: 24 },
];

for (const role of roles) {
  for (const layer of sharedLayers) {
    const name = `${role} of ${describeLayer(layer)} is the same on 1, 2 and 3 threads, bit by bit`;
    Deno.test(name, async () => {
      const sizes = sizesOf(layer);
      const { kernel, slots } = conv2dCase(role, sizes, "plain");
      const plan = externalPlan([[kernel]], slots);
      const results: HostArray[] = [];
      for (const threads of [1, 2, 3]) {
        using cpu = openCpu({ threads, native: "off" });
        await runOn(cpu, plan, slots); // starts the workers
        await untilReady(cpu, threads);
        results.push((await runOn(cpu, plan, slots))[2]!);
      }
      const sums = conv2dSums(role, sizes, [slots[0]!.data, slots[1]!.data]);
      assertAllClose(results[0]!, sums, SUMMED, "one thread");
      assertEquals(results[1], results[0]);
      assertEquals(results[2], results[0]);
    });
  }
}

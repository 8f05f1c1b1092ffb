import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Gpu, gpus } from "../../../tools/gpu_report/gpus.ts";
import type { LaunchFacts } from "../../../tools/gpu_report/launches.ts";
import { predictLaunch, predictStep } from "../../../tools/gpu_report/model.ts";
import type { KernelClass } from "../../../tools/gpu_report/kernel_classes.ts";

/** Round figures: 1000 multiply-adds in a nanosecond, 100 bytes in a nanosecond. */
const gpu: Gpu = {
  name: "test",
  adapterClass: "nvidia",
  units: 10,
  lanes: 128,
  gigahertz: 1,
  memoryRate: 100,
  cacheSize: 10,
  cacheRate: 1000,
  latency: 500,
  launch: 2,
};

function launch(
  work: { workgroups: number; bytes: number; flops?: number },
  kernelClass: KernelClass = "loop",
): LaunchFacts {
  const facts = { flops: 0, ...work, invocations: 64 * work.workgroups };
  const kernel = { ...facts, name: "kernel", label: "kernel", class: kernelClass };
  return { ...facts, source: "", kernels: [kernel] };
}

const microseconds = (facts: LaunchFacts, share?: number) => 1e6 * predictLaunch(facts, gpu, share);

Deno.test("a launch that does nothing takes the time of a launch", () => {
  assertAlmostEquals(microseconds(launch({ workgroups: 1, bytes: 0 })), 2);
});

Deno.test("a large stream takes its bytes at 80% of the bandwidth of memory", () => {
  const time = microseconds(launch({ workgroups: 100_000, bytes: 80e6 }));
  assertAlmostEquals(time, 2 + 1000);
});

Deno.test("what fits in the cache passes at 60% of its bandwidth", () => {
  const time = microseconds(launch({ workgroups: 100_000, bytes: 6e6 }));
  assertAlmostEquals(time, 2 + 10);
});

Deno.test("one workgroup waits for every load, and twice as many wait half as long", () => {
  // 64 invocations with 32 bytes in flight fetch 2048 bytes in 500 cycles
  const one = microseconds(launch({ workgroups: 1, bytes: 2_048_000 }));
  const two = microseconds(launch({ workgroups: 2, bytes: 2_048_000 }));
  assertAlmostEquals(one, 2 + 500);
  assertAlmostEquals(two, 2 + 250);
});

Deno.test("arithmetic takes the instructions of the busiest scheduler", () => {
  // 800 workgroups are 1600 warps, 40 on each of 40 schedulers
  const flops = 2 * 1000 * 64 * 800;
  const facts = launch({ workgroups: 800, bytes: 0, flops }, "conv forward");
  assertAlmostEquals(microseconds(facts, 0.5), 2 + 40 * 2000 / 1000);
  assertAlmostEquals(microseconds(facts, 1), 2 + 40 * 1000 / 1000);
});

Deno.test("a single warp cannot hide its waits", () => {
  const facts = launch({ workgroups: 1, bytes: 0, flops: 2 * 1000 * 64 }, "conv forward");
  // 1000 instructions, and 4 waits of 350 cycles
  assertAlmostEquals(microseconds(facts, 1), 2 + (1000 + 4 * 350) / 1000);
});

Deno.test("without machine code, the share is the floor of the kind", () => {
  const facts = launch(
    { workgroups: 800, bytes: 0, flops: 2 * 74_000 * 64 * 800 },
    "product in workgroup memory",
  );
  assert(microseconds(facts) > microseconds(facts, 0.95));
  assert(microseconds(facts) < microseconds(facts, 0.1));
});

Deno.test("a step is the sum of its launches, each with the share of its shader", () => {
  const one = launch({ workgroups: 800, bytes: 1000, flops: 1e9 }, "conv forward");
  const other = { ...one, source: "other" };
  const sum = predictLaunch(one, gpu, 0.7) + predictLaunch(other, gpu, 0.4);
  const step = predictStep([one, other], gpu, new Map([["", 0.7], ["other", 0.4]]));
  assertAlmostEquals(step, 1000 * sum);
  assertEquals(predictStep([], gpu), 0);
});

Deno.test("the table of GPUs has plausible figures", () => {
  assertEquals(gpus.map(({ name }) => name), ["RTX 4090", "H200", "RX 7900 XTX", "M2", "Arc A770"]);
  // multiply-adds in a nanosecond: half of the FP32 TFLOP/s of the data sheet
  const peaks = gpus.map(({ units, lanes, gigahertz }) => 2e-3 * units * lanes * gigahertz);
  assertEquals(peaks.map(Math.round), [83, 67, 31, 4, 17]);
});

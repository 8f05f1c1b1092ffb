import { assert, assertEquals, assertRejects } from "@std/assert";
import { measureGpuCeiling } from "../../bench/gpu_ceiling.ts";
import { openTimedGpu, type TimedGpu } from "../../bench/gpu_clock.ts";
import { gpuTest } from "../gpu/_adapter.ts";

/** A test with a GPU and its clock. Adapters without a clock have nothing to test. */
function clockTest(name: string, test: (gpu: Required<TimedGpu>) => Promise<void>): void {
  gpuTest(name, async () => {
    const gpu = await openTimedGpu();
    using backend = gpu!.backend;
    const { device, clock } = gpu!;
    if (clock) await test({ backend, device, clock });
  });
}

/** Submits compute passes that do nothing. */
function submitPasses(device: GPUDevice, count: number): void {
  const encoder = device.createCommandEncoder();
  for (let i = 0; i < count; i++) encoder.beginComputePass().end();
  device.queue.submit([encoder.finish()]);
}

clockTest("each compute pass has a time, and later passes are not timed", async (gpu) => {
  for (const count of [1, 3, 64]) {
    const { times } = await gpu.clock.time(() => submitPasses(gpu.device, count));
    assertEquals(times.length, count);
    assert(times.every((time) => time >= 0 && Number.isFinite(time)), `${times}`);
  }
  const { beginComputePass } = GPUCommandEncoder.prototype;
  await assertRejects(
    () => gpu.clock.time(() => submitPasses(gpu.device, 65)),
    RangeError,
    "64 passes",
  );
  assertEquals(GPUCommandEncoder.prototype.beginComputePass, beginComputePass);
});

gpuTest("the ceilings of an adapter are finite rates, with a clock and without", async () => {
  const gpu = await openTimedGpu();
  using backend = gpu!.backend;
  const { device } = gpu!;
  for (const timed of [gpu!, { backend, device }]) {
    const { gflops, gigabytes } = await measureGpuCeiling(timed, { samples: 1, milliseconds: 1 });
    assert(gflops > 0 && Number.isFinite(gflops), `${gflops} GFLOP/s`);
    assert(gigabytes > 0 && Number.isFinite(gigabytes), `${gigabytes} GB/s`);
  }
});

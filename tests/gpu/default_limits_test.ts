import { assertEquals } from "@std/assert";
import * as gs from "../../mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import type { AdapterClass } from "../../gpu/mod.ts";
import { assertAllClose } from "../support/close.ts";
import { assertNoLeaks, gpuTest } from "./_adapter.ts";
import { openWithDevice } from "./_device.ts";
import { type Job, losses } from "./_training.ts";

/** The limits that every WebGPU device has at least. */
const defaults = {
  maxStorageBuffersPerShaderStage: 8,
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupsPerDimension: 65_535,
} as const;

const models: Readonly<Record<string, Job>> = {
  "a plain network": { model: () => new gs.PlainNet(8), shape: [6, 3, 16, 16] },
  "a residual network": { model: () => new gs.ResNet(8), shape: [6, 3, 12, 12] },
  // its products go through workgroup memory
  "a multilayer perceptron": {
    model: () =>
      new gs.Sequential([new gs.Linear(300, 260), new gs.ReLU(), new gs.Linear(260, 10)]),
    shape: [260, 300],
  },
};

function defaultLimitsTest(name: string, job: Job, adapterClass: AdapterClass): void {
  gpuTest(`${name} trains within default limits (${adapterClass} kernels)`, async () => {
    const { gpu, device } = await openWithDevice({ adapterClass }, {});
    using _ = gpu;
    for (const [limit, value] of Object.entries(defaults)) {
      assertEquals(Reflect.get(device.limits, limit), value, limit);
    }
    assertEquals(gpu.limits.slotsPerDispatch, 8);
    using cpu = await openCpu();
    const tolerance = { relative: 1e-4, absolute: 0 };
    assertAllClose(await losses(job, gpu), await losses(job, cpu), tolerance, "losses");
    assertNoLeaks(gpu);
  });
}

for (const [name, job] of Object.entries(models)) {
  defaultLimitsTest(`${name} with SGD`, job, "other");
  defaultLimitsTest(`${name} with G-SGD`, { ...job, gsgd: true }, "other");
}
for (const adapterClass of ["nvidia", "amd", "apple", "intel"] as const) {
  const [name, job] = Object.entries(models)[2]!;
  defaultLimitsTest(`${name} with G-SGD`, { ...job, gsgd: true }, adapterClass);
}
defaultLimitsTest(
  "a plain network with G-SGD",
  { ...models["a plain network"]!, gsgd: true },
  "intel",
);

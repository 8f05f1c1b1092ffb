import { openGpu } from "../../gpu/mod.ts";
import { assertNoLeaks, gpuTest } from "../gpu/_adapter.ts";
import { openWithDevice } from "../gpu/_device.ts";
import { NarrowBackend } from "../support/narrow_backend.ts";
import { scatterConformance } from "./scatter_suite.ts";
import type { BackendTest } from "./suite.ts";
import { gpuConformance, gpuKernelConformance, limitsConformance } from "./table.ts";

/** The kernels that real GPUs get, on whatever adapter there is. */
const realGpu: BackendTest = (name, check) =>
  gpuTest(`gpu with kernels for GPUs: ${name}`, async () => {
    using gpu = await openGpu({ adapterClass: "other" });
    if (!gpu) throw new Error("the adapter is gone");
    await check(gpu);
    assertNoLeaks(gpu);
  });

/** An adapter with WebGPU's default limits. */
const small: BackendTest = (name, check) =>
  gpuTest(`gpu with 8 buffers of 128 MiB: ${name}`, async (gpu) => {
    await check(new NarrowBackend(gpu, { slotsPerDispatch: 8, bytesPerSlot: 2 ** 27 }));
  });

/** The kernels that real GPUs get, on a device with the limits that all devices have. */
const defaultLimits: BackendTest = (name, check) =>
  gpuTest(`gpu with default limits: ${name}`, async () => {
    const { gpu } = await openWithDevice({ adapterClass: "other" }, {});
    using _ = gpu;
    await check(gpu);
    assertNoLeaks(gpu);
  });

gpuConformance((name, check) => gpuTest(`gpu: ${name}`, check));
limitsConformance(small);
gpuKernelConformance(realGpu);
scatterConformance(defaultLimits, 32);

import { openGpu } from "../../gpu/mod.ts";
import { assertNoLeaks, gpuTest } from "../gpu/_adapter.ts";
import { openWithDevice } from "../gpu/_device.ts";
import { bytesConformance } from "./bytes_suite.ts";
import { extentConformance } from "./extents_suite.ts";
import { longChainConformance } from "./long_chain_suite.ts";
import { NarrowBackend } from "../support/narrow_backend.ts";
import { manyOperandsConformance } from "./many_operands_suite.ts";
import { loopKernelConformance } from "./loop_kernel_suite.ts";
import { scatterConformance } from "./scatter_suite.ts";
import { sharedValueConformance } from "./shared_values_suite.ts";
import { strideConformance } from "./strides_suite.ts";
import { type BackendTest, opConformance } from "./suite.ts";

const own: BackendTest = (name, check) => gpuTest(`gpu: ${name}`, check);

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

longChainConformance(own);
manyOperandsConformance(own, [33, 300]);
manyOperandsConformance(small, [9, 33]);
loopKernelConformance(own);
sharedValueConformance(own);
scatterConformance(own);
scatterConformance(realGpu, 32);
scatterConformance(defaultLimits, 32);
bytesConformance(own);
opConformance(own);
opConformance(realGpu);
extentConformance(own, [3]);
strideConformance(own, { everyNth: 16 });
strideConformance(realGpu, { everyNth: 16 });

import { openGpu } from "../../gpu/mod.ts";
import type { BackendTest } from "../conformance/suite.ts";
import { assertNoLeaks, gpuTest } from "../gpu/_adapter.ts";
import { metamorphicTests } from "./suite.ts";

const own: BackendTest = (name, check) => gpuTest(`gpu: ${name}`, check);

/** The kernels that real GPUs get, on whatever adapter there is. */
const realGpu: BackendTest = (name, check) =>
  gpuTest(`gpu with kernels for GPUs: ${name}`, async () => {
    using gpu = await openGpu({ adapterClass: "other" });
    if (!gpu) throw new Error("the adapter is gone");
    await check(gpu);
    assertNoLeaks(gpu);
  });

// A software adapter takes tens of milliseconds to compile what the CPU backend does in one.
metamorphicTests(own, { from: 2001, count: 60 });
metamorphicTests(realGpu, { from: 2061, count: 20 });

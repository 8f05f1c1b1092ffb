import * as gs from "../../mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { openGpu } from "../../gpu/mod.ts";
import { assertAllClose } from "../support/close.ts";
import { gpuTest } from "./_adapter.ts";
import { type Job, losses } from "./_training.ts";

/** Batches and sizes are large enough for each way of splitting, sharing, and joining kernels. */
const jobs: Readonly<Record<string, Job>> = {
  "a plain network": { model: () => new gs.PlainNet(8), shape: [40, 3, 32, 32] },
  "a residual network with G-SGD": {
    model: () => new gs.ResNet(8),
    shape: [6, 3, 20, 20],
    gsgd: true,
  },
  "a multilayer perceptron with G-SGD": {
    model: () =>
      new gs.Sequential([
        new gs.Linear(300, 260),
        new gs.ReLU(),
        new gs.Linear(260, 132),
        new gs.ReLU(),
        new gs.Linear(132, 10),
      ]),
    shape: [260, 300],
    gsgd: true,
  },
};

for (const [name, job] of Object.entries(jobs)) {
  gpuTest(`${name} trains on kernels for GPUs as on the CPU`, async () => {
    using gpu = await openGpu({ adapterClass: "other" });
    using cpu = await openCpu();
    const tolerance = { relative: 1e-4, absolute: 0 };
    assertAllClose(await losses(job, gpu!), await losses(job, cpu), tolerance, "losses");
  });
}

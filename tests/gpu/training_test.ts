import * as gs from "../../mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { openGpu } from "../../gpu/mod.ts";
import { assertAllClose } from "../support/close.ts";
import { gpuTest } from "./_adapter.ts";
import { randomFloats } from "./_random.ts";

interface Job {
  readonly model: () => gs.Module;
  readonly shape: readonly number[];
  readonly gsgd?: boolean;
}

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

/** The losses of three steps. */
async function losses({ model: make, shape, gsgd }: Job, backend: gs.Backend): Promise<number[]> {
  using model = gs.initialize(make(), { seed: 3 });
  using optimizer = new gs.Optimizer(model.parameters(), gs.sgd({ learningRate: 1e-3 }));
  const count = shape[0]!;
  const traced = gs.trace({ x: gs.f32(shape), y: gs.i32([count]) }, ({ x, y }) => {
    const statistics = new Map<gs.Variable, gs.Tensor>();
    const record = (variable: gs.Variable, next: gs.Tensor) => void statistics.set(variable, next);
    const loss = gs.crossEntropy(model.forward(x, { training: true, record }), y);
    return { outputs: { loss }, updates: new Map([...optimizer.minimize(loss), ...statistics]) };
  });
  const plan = gsgd ? gs.planGsgd(traced.graph) : undefined;
  if (plan) gs.initializeSkeleton(plan, model.parameters(), "one");
  using step = await gs.compile(traced, { backend, passes: plan ? [plan.apply] : [] });
  const found: number[] = [];
  for (let i = 0; i < 3; i++) {
    step.run({
      x: randomFloats(shape, 5 + i).data as Float32Array,
      y: Int32Array.from({ length: count }, (_, row) => (row * 7 + i) % 10),
    });
    found.push((await step.read()).loss[0]!);
  }
  return found;
}

for (const [name, job] of Object.entries(jobs)) {
  gpuTest(`${name} trains on hardware kernels as on the CPU`, async () => {
    using gpu = await openGpu({ adapterClass: "hardware" });
    using cpu = await openCpu();
    const tolerance = { relative: 1e-4, absolute: 0 };
    assertAllClose(await losses(job, gpu!), await losses(job, cpu), tolerance, "losses");
  });
}

import { assertEquals, assertThrows } from "@std/assert";
import {
  compile,
  f32,
  i32,
  ignoreStatistics,
  type Module,
  type Tensor,
  type Variable,
} from "../../mod.ts";
import * as gs from "../../mod.ts";
import type { CpuBackend } from "../../cpu/mod.ts";
import { checkedCpuTest, cpuTest } from "../cpu/_backend.ts";
import { assertAllClose } from "../support/close.ts";
import type { GoldenTensor } from "./golden.ts";

/** What make_gradient_goldens.py made of one way to use gradients. */
interface GoldenGradients {
  readonly losses: readonly number[];
  readonly state: Readonly<Record<string, GoldenTensor>>;
}

const golden: {
  readonly microBatches: number;
  readonly x: GoldenTensor;
  readonly labels: GoldenTensor;
  readonly start: Readonly<Record<string, GoldenTensor>>;
  readonly runs: Readonly<Record<string, GoldenGradients>>;
} = JSON.parse(Deno.readTextFileSync(new URL("torch_gradients.json", import.meta.url)));

const momentum = (options: Partial<gs.SgdOptions> = {}) =>
  gs.sgd({ learningRate: 0.1, momentum: 0.9, ...options });

/** The settings of make_gradient_goldens.py. */
const settings: Readonly<
  Record<string, {
    readonly transform: () => gs.GradientTransform;
    readonly reduction?: "mean" | "sum";
    /** Changes the accumulated gradients by hand. */
    readonly surgery?: (gradients: readonly Tensor[]) => Tensor[];
  }>
> = {
  mean: { transform: () => momentum() },
  sum: { transform: () => gs.sgd({ learningRate: 0.02 }), reduction: "sum" },
  adam: { transform: () => gs.adam({ learningRate: 0.01 }) },
  clipped: { transform: () => momentum(), surgery: (gradients) => clipped(gradients, 0.3) },
  groups: {
    transform: () =>
      gs.parameterGroups([
        {
          parameters: ({ name }) => name.startsWith("0."),
          transform: momentum({ learningRate: 0.01, momentum: 0.5 }),
        },
        {
          parameters: ({ name }) => name === "3.weight",
          transform: momentum({ weightDecay: 0.1 }),
        },
        { parameters: "rest", transform: momentum() },
      ]),
  },
  frozen: {
    transform: () =>
      gs.parameterGroups([
        { parameters: ({ name }) => /^[01]/.test(name), transform: "frozen" },
        { parameters: "rest", transform: momentum() },
      ]),
  },
};

/** `clip_grad_norm_` as a user writes it. */
function clipped(gradients: readonly Tensor[], maxNorm: number): Tensor[] {
  const norm = gradients.map((gradient) => gradient.square().sum()).reduce((a, b) => a.add(b))
    .sqrt();
  const factor = norm.add(1e-6).pow(-1).mul(maxNorm).minimum(1);
  return gradients.map((gradient) => gradient.mul(factor));
}

function makeModel(): Module {
  const layers = [
    new gs.Linear(4, 8, { bias: false }),
    new gs.BatchNorm1d(8),
    new gs.ReLU(),
    new gs.Linear(8, 3),
  ];
  const model = gs.initialize(new gs.Sequential(layers), { seed: 1 });
  for (const [name, variable] of model.state()) {
    variable.assign(Float32Array.from(golden.start[name]!.data));
  }
  return model;
}

async function check(backend: CpuBackend, name: string): Promise<void> {
  const { transform, reduction = "mean", surgery } = settings[name]!;
  using model = makeModel();
  using optimizer = new gs.Optimizer(model.parameters(), transform());
  using accumulator = new gs.GradientAccumulator(optimizer, { reduction });
  const rows = golden.x.shape[0]! / golden.microBatches;
  const inputs = { x: f32([rows, 4]), y: i32([rows]) };
  using accumulate = await compile(inputs, ({ x, y }) => {
    const statistics = new Map<Variable, Tensor>();
    const record = (key: Variable, next: Tensor) => void statistics.set(key, next);
    const loss = gs.crossEntropy(model.forward(x, { training: true, record }), y);
    const updates = new Map([...accumulator.accumulate(loss), ...statistics]);
    return { outputs: { loss }, updates };
  }, { backend });
  using apply = await compile({}, () => {
    if (!surgery) return { updates: accumulator.apply() };
    const updates = optimizer.apply(surgery(accumulator.gradients()));
    return { updates: new Map([...updates, ...accumulator.reset()]) };
  }, { backend });

  const expected = golden.runs[name]!;
  const losses: number[] = [];
  for (const _ of expected.losses) {
    let total = 0;
    for (let k = 0; k < golden.microBatches; k++) {
      const x = Float32Array.from(golden.x.data.slice(k * rows * 4, (k + 1) * rows * 4));
      const y = Int32Array.from(golden.labels.data.slice(k * rows, (k + 1) * rows));
      accumulate.run({ x, y });
      total += (await accumulate.read()).loss[0]! / golden.microBatches;
    }
    apply.run();
    losses.push(total);
  }
  // f32 rounding of twenty steps through a batch normalization of four samples
  const tolerance = { relative: 1e-4, absolute: 1e-4 };
  assertAllClose(losses, expected.losses, tolerance, "losses");
  for (const [key, { data }] of Object.entries(expected.state)) {
    assertAllClose(await model.state().get(key)!.data(), data, tolerance, key);
  }
}

Deno.test("every use of gradients in the golden file is tested", () => {
  assertEquals(Object.keys(settings), Object.keys(golden.runs));
});

for (const name of Object.keys(settings)) {
  cpuTest(
    `accumulated gradients train as PyTorch's for 20 steps: ${name}`,
    (backend) => check(backend, name),
  );
}
checkedCpuTest(
  "accumulated gradients train as PyTorch's: groups",
  (backend) => check(backend, "groups"),
);

Deno.test("a training step must update the statistics that its layers recorded", () => {
  const model = makeModel();
  const optimizer = new gs.Optimizer(model.parameters(), momentum());
  const step = (record: gs.ForwardContext["record"] & object) =>
    gs.trace({ x: f32([4, 4]), y: i32([4]) }, ({ x, y }) => {
      const loss = gs.crossEntropy(model.forward(x, { training: true, record }), y);
      return { updates: optimizer.minimize(loss) };
    });
  const message = "missing: 1.running_mean, 1.running_var";
  assertThrows(() => step(() => {}), gs.GraphError, message);
  assertEquals(step(ignoreStatistics).graph.updates.size, 1 + 2 * 5); // it is asked for
});

// 20 steps of training through each exported layer and loss, beside PyTorch's.
import { assertEquals } from "@std/assert";
import * as gs from "../../mod.ts";
import { checkedCpuTest, cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { assertAllClose } from "../support/close.ts";
import { goldenFile, type GoldenTensor } from "./golden.ts";
import { trainingSubjects } from "./training_subjects.ts";

type Tensors = Readonly<Record<string, GoldenTensor>>;
type GoldenInput = GoldenTensor & { readonly dtype: "f32" | "i32" };

interface GoldenTrainingRun {
  readonly inputs: Readonly<Record<string, GoldenInput>>;
  readonly start: Tensors;
  readonly output: GoldenTensor;
  readonly target: GoldenTensor;
  readonly losses: readonly number[];
  readonly end: Tensors;
}

const { runs } = goldenFile<{ readonly runs: Readonly<Record<string, GoldenTrainingRun>> }>(
  "torch_training.json",
);

Deno.test("the golden file of training has all layers and losses, and no others", () => {
  assertEquals(Object.keys(runs).toSorted(), Object.keys(trainingSubjects).toSorted());
});

/** Inputs of real numbers are parameters, so that the optimizer trains them. */
function inputsOf({ inputs }: GoldenTrainingRun): ReadonlyMap<string, gs.Tensor> {
  return new Map(
    Object.entries(inputs).map(([name, { data, shape, dtype }]) => [
      name,
      dtype === "f32"
        ? new gs.Parameter(name, { dtype, shape }, () => Float32Array.from(data))
        : gs.tensor(data, shape, dtype),
    ]),
  );
}

function load(module: gs.AnyModule, start: Tensors): ReadonlyMap<string, gs.Variable> {
  const state = gs.initialize(module, { seed: 1 }).state();
  assertEquals([...state.keys()].toSorted(), Object.keys(start).toSorted());
  for (const [name, variable] of state) variable.assign(Float32Array.from(start[name]!.data));
  return state;
}

/** Reads the loss of each step, or only of the first and the last one where reading is slow. */
async function check(backend: gs.Backend, name: string, reads: "all" | "ends"): Promise<void> {
  const golden = runs[name]!;
  const { module, run } = trainingSubjects[name]!();
  const inputs = inputsOf(golden);
  const state = module ? load(module, golden.start) : new Map<string, gs.Variable>();
  const variables = new Map([...inputs, ...state]);
  const trained = [...variables.values()].filter((value) => value instanceof gs.Parameter);
  const rate = goldenRates[name] ?? 0.1;
  using optimizer = new gs.Optimizer(trained, gs.sgd({ learningRate: rate, momentum: 0.9 }));
  using step = await gs.compile({}, () => {
    const updates = new Map<gs.Variable, gs.Tensor>();
    const record = (key: gs.Variable, next: gs.Tensor) => void updates.set(key, next);
    const output = run(Object.fromEntries(inputs), { training: true, record });
    const { data, shape } = golden.target;
    const loss = output.rank === 0 ? output : gs.mse(output, gs.tensor(data, shape));
    return {
      outputs: { output, loss },
      updates: new Map([...updates, ...optimizer.minimize(loss)]),
    };
  }, { backend });
  const close = { relative: 1e-4, absolute: 1e-4 };
  for (const [i, expected] of golden.losses.entries()) {
    step.run();
    if (reads === "ends" && i > 0 && i < golden.losses.length - 1) continue;
    const { output, loss } = await step.read();
    assertAllClose(loss, [expected], close, `loss ${i} of ${name}`);
    const forward = { relative: 1e-5, absolute: 1e-5 };
    if (i === 0) assertAllClose(output, golden.output.data, forward, `output of ${name}`);
  }
  for (const [key, { data }] of Object.entries(golden.end)) {
    assertAllClose(await variables.get(key)!.data({ backend }), data, close, `${key} of ${name}`);
  }
  for (const variable of trained) variable[Symbol.dispose]();
  module?.[Symbol.dispose]();
}

/** Learning rates other than 0.1. */
const goldenRates: Readonly<Record<string, number>> = {
  BasicBlock: 0.02,
  ResNet: 0.01,
  PlainNet: 0.01,
  VGG: 0.02,
};

for (const [i, name] of Object.keys(trainingSubjects).entries()) {
  const title = `20 steps through ${name} are PyTorch's`;
  cpuTest(`${title} on the CPU`, (cpu) => check(cpu, name, "all"));
  if (name in goldenRates) continue; // images_test.ts trains such networks on a GPU
  if (i % 4 === 0) checkedCpuTest(title, (cpu) => check(cpu, name, "all"));
  gpuTest(`${title} on a GPU`, (gpu) => check(gpu, name, "ends"));
}

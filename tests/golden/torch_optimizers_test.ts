import { assertEquals } from "@std/assert";
import { compile, Parameter, Tensor } from "../../autograd/mod.ts";
import { crossEntropy } from "../../layers/mod.ts";
import {
  adagrad,
  adam,
  adamax,
  adamW,
  chain,
  clipByValue,
  type GradientTransform,
  lamb,
  lion,
  type MomentsOptions,
  muon,
  nadam,
  Optimizer,
  parameterGroups,
  rmsProp,
  sgd,
} from "../../optim/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { checkedCpuTest, cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { HostRun } from "../layers/host_run.ts";
import { assertAllClose } from "../support/close.ts";
import { type GoldenRun, goldenTraining, toNode } from "./golden.ts";

const training = goldenTraining();

const other: Required<MomentsOptions> = { betas: [0.8, 0.95], eps: 1e-6 };

/** The settings of make_torch_goldens.py. */
const transforms: Readonly<Record<string, () => GradientTransform>> = {
  sgd: () => sgd({ learningRate: 0.1 }),
  sgdWeightDecay: () => sgd({ learningRate: 0.1, weightDecay: 0.05 }),
  sgdMomentum: () => sgd({ learningRate: 0.05, momentum: 0.9 }),
  sgdDampened: () => sgd({ learningRate: 0.05, momentum: 0.9, dampening: 0.5 }),
  sgdNesterov: () => sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  adam: () => adam({ learningRate: 0.01 }),
  adamWeightDecay: () =>
    adam({ learningRate: 0.01, betas: [0.8, 0.95], eps: 1e-6, weightDecay: 0.1 }),
  adamW: () => adamW({ learningRate: 0.01 }),
  adamWDecay: () => adamW({ learningRate: 0.02, weightDecay: 0.2 }),
  adagrad: () => adagrad({ learningRate: 0.05 }),
  adagradDecay: () =>
    adagrad({
      learningRate: 0.1,
      lrDecay: 0.1,
      weightDecay: 0.05,
      initialAccumulatorValue: 0.1,
      eps: 1e-6,
    }),
  adamax: () => adamax({ learningRate: 0.02 }),
  adamaxDecay: () => adamax({ learningRate: 0.02, ...other, weightDecay: 0.1 }),
  nadam: () => nadam({ learningRate: 0.01 }),
  nadamDecay: () => nadam({ learningRate: 0.01, ...other, weightDecay: 0.1, momentumDecay: 0.05 }),
  lion: () => lion({ learningRate: 0.01 }),
  lionDecay: () => lion({ learningRate: 0.01, betas: other.betas, weightDecay: 0.3 }),
  lamb: () => lamb({ learningRate: 0.02 }),
  lambDecay: () => lamb({ learningRate: 0.02, ...other, eps: 1e-5, weightDecay: 0.2 }),
  muon: () => ofMatrices(muon({ learningRate: 0.02 })),
  muonPlain: () =>
    ofMatrices(muon({
      learningRate: 0.02,
      momentum: 0.8,
      nesterov: false,
      weightDecay: 0,
      adjustLrFn: "matchRmsAdamw",
    })),
  rmsProp: () => rmsProp({ learningRate: 0.01 }),
  rmsPropDecay: () => rmsProp({ learningRate: 0.02, alpha: 0.9, eps: 1e-4, weightDecay: 0.1 }),
  clipByValue: () => chain(clipByValue(0.02), sgd({ learningRate: 0.1 })),
};

/** Muon trains matrices only; biases get SGD. */
function ofMatrices(transform: GradientTransform): GradientTransform {
  return parameterGroups([
    { parameters: ({ rank }) => rank === 2, transform },
    { parameters: "rest", transform: sgd({ learningRate: 0.1 }) },
  ]);
}

interface Job {
  readonly parameters: readonly Parameter[];
  readonly loss: Tensor;
}

/** The network and the data of make_torch_goldens.py. */
function makeJob(): Job {
  const parameters = training.start.map(({ shape, data }, i) =>
    new Parameter(`p${i}`, { dtype: "f32", shape }, () => Float32Array.from(data))
  );
  const [w1, b1, w2, b2] = parameters;
  const [x, labels] = [training.x, training.labels];
  const input = new Tensor(toNode("x", x));
  const hidden = input.matmul(w1!.transpose()).add(b1!).relu();
  const logits = hidden.matmul(w2!.transpose()).add(b2!);
  return { parameters, loss: crossEntropy(logits, new Tensor(toNode("labels", labels))) };
}

function checkParameters(
  values: readonly ArrayLike<number>[],
  { parameters }: GoldenRun,
  tolerance: number,
): void {
  parameters.forEach(({ data }, i) => {
    const both = { relative: tolerance, absolute: tolerance };
    assertAllClose(values[i]!, data, both, `parameter ${i} at the end`);
  });
}

Deno.test("every optimizer of the golden file is tested", () => {
  assertEquals(Object.keys(transforms), Object.keys(training.runs));
});

for (const [name, run] of Object.entries(training.runs)) {
  const steps = run.losses.length;

  Deno.test(`${name} trains as PyTorch's does for ${steps} steps in float64`, () => {
    const { parameters, loss } = makeJob();
    const updates = new Optimizer(parameters, transforms[name]!()).minimize(loss);
    const host = new HostRun();
    const losses = run.losses.map(() => {
      const [value] = host.get(loss);
      host.apply(updates);
      return value!;
    });
    // Inputs and start are rounded to f32 here and not there: 6e-8, over thirty steps.
    const tolerance = { relative: 1e-6, absolute: 1e-6 };
    assertAllClose(losses, run.losses, tolerance, "losses");
    checkParameters(parameters.map((parameter) => host.get(parameter)), run, 2e-6);
  });

  const check = async (backend: Backend) => {
    const { parameters, loss } = makeJob();
    using optimizer = new Optimizer(parameters, transforms[name]!());
    const updates = optimizer.minimize(loss);
    using step = await compile({}, () => ({ outputs: { loss }, updates }), { backend });
    const losses: number[] = [];
    for (let i = 0; i < steps; i++) {
      step.run();
      losses.push((await step.read()).loss[0]!);
    }
    // f32 rounding of thirty steps; Adam's first ones divide gradients by their own size.
    const tolerance = 1e-4;
    assertAllClose(losses, run.losses, { relative: tolerance, absolute: tolerance }, "losses");
    const values = await Promise.all(parameters.map((parameter) => parameter.data()));
    checkParameters(values, run, tolerance);
    parameters.forEach((parameter) => parameter[Symbol.dispose]());
  };
  cpuTest(`${name} trains as PyTorch's does for ${steps} steps on cpu`, check);
  gpuTest(`${name} trains as PyTorch's does for ${steps} steps on gpu`, check);
  checkedCpuTest(`${name} trains as PyTorch's does for ${steps} steps`, check);
}

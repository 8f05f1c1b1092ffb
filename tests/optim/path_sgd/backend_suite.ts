import { assert, assertEquals } from "@std/assert";
import { compile } from "../../../autograd/mod.ts";
import type { Backend } from "../../../graph/mod.ts";
import {
  type NamedValues,
  pathValues,
  planGsgd,
  relativeDifference,
  rescaleNodes,
} from "../../../optim/gsgd/mod.ts";
import { type GradientTransform, sgd } from "../../../optim/mod.ts";
import { pathSgd } from "../../../optim/path_sgd/mod.ts";
import type { BackendTest } from "../gsgd/backend_suite.ts";
import {
  imageNetwork,
  normalizedConvolutions,
  plainConvolutions,
  residualBlocks,
} from "../gsgd/convolution_graphs.ts";
import { mlp, type TrainingNetwork } from "../gsgd/network.ts";
import { TrainingRun } from "../gsgd/training_run.ts";

const options = { damped: true, seed: 5 };
const networks: readonly (readonly [string, (transform: GradientTransform) => TrainingNetwork])[] =
  [
    ["MLP with biases", (transform) => mlp([4, 5, 6, 4, 3], { bias: true, ...options, transform })],
    [
      "pooling, stride and flatten",
      (transform) => imageNetwork([2, 6], plainConvolutions, { ...options, transform }),
    ],
    [
      "residual blocks",
      (transform) =>
        imageNetwork([2, 4], residualBlocks({ project: true }), { ...options, transform }),
    ],
    [
      "batch normalisation",
      (transform) => imageNetwork([2, 5], normalizedConvolutions, { ...options, transform }),
    ],
  ];

async function train(
  backend: Backend,
  { parameters, updates }: TrainingNetwork,
  steps: number,
): Promise<NamedValues> {
  using step = await compile({}, () => ({ updates }), { backend, passes: [pathSgd()] });
  for (let i = 0; i < steps; i++) step.run();
  const weights = new Map<string, ArrayLike<number>>();
  for (const parameter of parameters) weights.set(parameter.name, await parameter.data());
  return weights;
}

/** Path-SGD in f32 on a device: its invariance, and its trajectory. */
export function pathSgdOnBackend(test: BackendTest): void {
  for (const [name, make] of networks) {
    const transform = sgd({ learningRate: 1e-3, momentum: 0.9 });
    // the symmetries that there are: through residual sums, and not through normalisation
    const planOf = ({ graph }: TrainingNetwork) =>
      planGsgd(graph, { residual: "tied", bn: "affine" });

    test(`Path-SGD does not see a rescaling by powers of two, bit for bit: ${name}`, async (backend) => {
      const results = [];
      for (const isRescaled of [false, true]) {
        using network = make(transform);
        const plan = planOf(network);
        const scale = { range: 64, powersOfTwo: true, seed: 3 };
        if (isRescaled) rescaleNodes(plan, network.parameters, scale);
        results.push(pathValues(plan, await train(backend, network, 20)));
      }
      assertEquals(results[1], results[0]);
      using network = make(transform);
      const start = new Map(network.parameters.map((p) => [p.name, p.hostValue()!]));
      assert(relativeDifference(results[0]!, pathValues(planOf(network), start)) > 1e-3);
    });

    test(`Path-SGD in f32 follows the trajectory in f64: ${name}`, async (backend) => {
      using network = make(transform);
      const start = Object.fromEntries(
        network.parameters.map((p) => [p.name, Float64Array.from(p.hostValue()!)]),
      );
      const exact = new TrainingRun(network, pathSgd()(network.graph), start).steps(5).weights();
      const apart = relativeDifference(
        await train(backend, network, 5),
        new Map(Object.entries(exact)),
      );
      assert(apart < 2e-5, `${apart}`);
    });
  }
}

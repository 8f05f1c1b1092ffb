import { assert, assertEquals } from "@std/assert";
import { compile, Tensor } from "../../../autograd/mod.ts";
import type { Backend, Node } from "../../../graph/mod.ts";
import {
  conservationCheck,
  conservationTolerance,
  type GsgdOptions,
  type GsgdPlan,
  initializeSkeleton,
  planGsgd,
} from "../../../optim/gsgd/mod.ts";
import { adam, type GradientTransform, sgd } from "../../../optim/mod.ts";
import type { BackendTest } from "./backend_suite.ts";
import {
  grouped,
  imageNetwork,
  normalizedConvolutions,
  plainConvolutions,
  residualBlocks,
} from "./convolution_graphs.ts";
import { randomNumbers, type TrainingNetwork } from "./network.ts";
import { elementsOf, pathValuesOf } from "./reparametrised.ts";

type Values = ReadonlyMap<Node, Float64Array>;

interface Case {
  readonly name: string;
  readonly image: readonly [channels: number, size: number];
  readonly write: Parameters<typeof imageNetwork>[1];
  readonly options?: GsgdOptions;
}

/** Networks whose scale nodes are exact symmetries. */
const cases: readonly Case[] = [
  { name: "pooling, stride and flatten", image: [2, 6], write: plainConvolutions },
  { name: "groups", image: [2, 3], write: grouped },
  {
    name: "tied residual blocks",
    image: [2, 4],
    write: residualBlocks({ project: true }),
    options: { residual: "tied" },
  },
  {
    name: "batch normalisation, affine",
    image: [2, 5],
    write: normalizedConvolutions,
    options: { bn: "affine" },
  },
];

function networkOf({ image, write, options }: Case, transform: GradientTransform): TrainingNetwork {
  const network = imageNetwork(image, write, { transform, damped: true, seed: 5 });
  initializeSkeleton(planGsgd(network.graph, options), network.parameters);
  return network;
}

function hostValues({ parameters }: TrainingNetwork): Values {
  return new Map(parameters.map((parameter) => [
    parameter.node,
    Float64Array.from(parameter.hostValue()!),
  ]));
}

/** Sets the weights to g_c(w) with powers of two: nothing is rounded. */
function rescale(plan: GsgdPlan, network: TrainingNetwork): void {
  const random = randomNumbers(9);
  const factors = [1, ...plan.skeleton.nodes.map(() => 2 ** Math.round(6 * random()))];
  const values = hostValues(network);
  for (const { weight, index, tail, head } of elementsOf(plan)) {
    const data = values.get(weight)!;
    data[index] = data[index]! * factors[head]! / factors[tail]!;
  }
  for (const parameter of network.parameters) {
    parameter.assign(Float32Array.from(values.get(parameter.node)!));
  }
}

/** Path values and weights outside after some steps on a backend. */
async function train(
  backend: Backend,
  plan: GsgdPlan,
  { parameters, updates }: TrainingNetwork,
): Promise<Float64Array[]> {
  using step = await compile({}, () => ({ updates }), { backend, passes: [plan.apply] });
  for (let i = 0; i < 20; i++) step.run();
  const values = new Map<Node, Float64Array>();
  for (const parameter of parameters) {
    values.set(parameter.node, Float64Array.from(await parameter.data()));
  }
  const inside = new Map(
    plan.skeleton.tensors.map(({ weight }) => [weight, values.get(weight)!] as const),
  );
  const all = new Map([...values, ...pathValuesOf(plan, inside)]);
  for (const { weight, index, isFree } of elementsOf(plan)) {
    // free weights are rescaled themselves: they are compared with their first values
    if (isFree) all.get(weight)![index] = 0;
  }
  return [...all.values()];
}

function freeWeights(plan: GsgdPlan, values: Values): number[] {
  return elementsOf(plan).filter(({ isFree }) => isFree).map(({ weight, index }) =>
    values.get(weight)![index]!
  );
}

/** G-SGD through convolutions in f32 on a device [gsgd.md §12]. */
export function gsgdConvolutionsOnBackend(test: BackendTest): void {
  for (const item of cases) {
    for (
      const [name, transform] of [
        ["SGD", sgd({ learningRate: 0.01 })],
        ["Adam", adam({ learningRate: 0.01 })],
      ] as const
    ) {
      const title = `${item.name}, ${name}`;
      test(`G-SGD through convolutions does not see powers of two: ${title}`, async (backend) => {
        const results: Float64Array[][] = [];
        for (const isRescaled of [false, true]) {
          using network = networkOf(item, transform);
          const plan = planGsgd(network.graph, item.options);
          if (isRescaled) rescale(plan, network);
          const before = freeWeights(plan, hostValues(network));
          results.push(await train(backend, plan, network));
          const after = new Map<Node, Float64Array>();
          for (const parameter of network.parameters) {
            after.set(parameter.node, Float64Array.from(await parameter.data()));
          }
          assertEquals(freeWeights(plan, after), before);
        }
        assertEquals(results[1], results[0]);
        assert(results[0]!.every((values) => values.every(Number.isFinite)));
      });
    }

    test(`scale nodes conserve Σ w δ in f32: ${item.name}`, async (backend) => {
      using network = networkOf(item, sgd({ learningRate: 0.01 }));
      const plan = planGsgd(network.graph, item.options);
      const checks = conservationCheck(plan, network.graph);
      assertEquals(
        checks.map(({ segment }) => segment),
        plan.report.segments.map((s) => s.segment),
      );
      using check = await compile(
        {},
        () => ({
          outputs: Object.fromEntries(
            checks.map(({ segment, imbalance }) => [String(segment), new Tensor(imbalance)]),
          ),
        }),
        { backend },
      );
      check.run();
      const outputs = Object.values(await check.read());
      assertEquals(outputs.length, checks.length);
      for (const [imbalance] of outputs) {
        assert(imbalance! <= conservationTolerance / 10, `${imbalance}`);
      }
    });
  }
}

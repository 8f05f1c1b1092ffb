import { assert, assertEquals } from "@std/assert";
import { compile } from "../../../autograd/mod.ts";
import type { Backend, Pass } from "../../../graph/mod.ts";
import { gsgd, type GsgdOptions, initializeSkeleton, planGsgd } from "../../../optim/gsgd/mod.ts";
import {
  adam,
  chain,
  clipByGlobalNorm,
  type GradientTransform,
  rmsProp,
  sgd,
} from "../../../optim/mod.ts";
import { powersOfTwo, rescale } from "./checks.ts";
import { EnumeratedNetwork } from "./enumerated_paths.ts";
import { mlp, type TrainingNetwork } from "./network.ts";
import { edgeValues, relativeDifference, TrainingRun, weightsByName } from "./training_run.ts";

const widths = [4, 5, 6, 6, 4, 3];
const net = new EnumeratedNetwork(widths, true);

/** A test that is given a backend. */
export type BackendTest = (name: string, test: (backend: Backend) => Promise<void>) => void;

function networkOf(transform: GradientTransform): TrainingNetwork {
  const network = mlp(widths, { bias: true, transform, damped: true, seed: 5 });
  initializeSkeleton(planGsgd(network.graph), network.parameters);
  return network;
}

/** Trains a network of f32 numbers on a backend, and gives its weights. */
async function train(
  backend: Backend,
  network: TrainingNetwork,
  steps: number,
  passes: readonly Pass[] = [gsgd()],
): Promise<Record<string, Float64Array>> {
  using step = await compile(
    {},
    () => ({ updates: network.updates }),
    { backend, passes },
  );
  for (let i = 0; i < steps; i++) step.run();
  const weights: Record<string, Float64Array> = {};
  for (const parameter of network.parameters) {
    weights[parameter.name] = Float64Array.from(await parameter.data());
  }
  return weights;
}

function hostValues({ parameters }: TrainingNetwork): Record<string, Float64Array> {
  return Object.fromEntries(
    parameters.map((parameter) => [parameter.name, Float64Array.from(parameter.hostValue()!)]),
  );
}

const learningRate = 0.01;
/** Optimizers and options that keep the invariance [gsgd.md §12.1]. */
const invariant: readonly (readonly [string, GradientTransform, GsgdOptions?])[] = [
  ["SGD", sgd({ learningRate })],
  ["momentum and decay", sgd({ learningRate, momentum: 0.9, weightDecay: 0.01 })],
  ["Adam", adam({ learningRate })],
  ["RMSprop and decay", rmsProp({ learningRate: 0.001, weightDecay: 0.01 })],
  ["clipping", chain(clipByGlobalNorm(0.1), sgd({ learningRate }))],
  ["basis-path regularisation", sgd({ learningRate }), { basisPathPenalty: 0.3 }],
  ["a ratio clamp", sgd({ learningRate: 0.1 }), { ratioClamp: [0.9, 1.1] }],
];

/** G-SGD in f32 on a device [gsgd.md §12]. */
export function gsgdOnBackend(test: BackendTest): void {
  for (const [name, transform, options] of invariant) {
    test(`G-SGD does not see a rescaling by powers of two, bit for bit: ${name}`, async (backend) => {
      const values: Float64Array[] = [];
      for (const factor of [() => 1, powersOfTwo(3)]) {
        using network = networkOf(transform);
        const start = weightsByName(
          net,
          rescale(net, edgeValues(net, hostValues(network)), factor),
        );
        for (const parameter of network.parameters) {
          parameter.assign(Float32Array.from(start[parameter.name]!));
        }
        const weights = edgeValues(net, await train(backend, network, 50, [gsgd(options)]));
        for (const e of net.free) assertEquals(weights[e], edgeValues(net, start)[e]);
        values.push(net.pathValues(weights));
      }
      assertEquals(values[1], values[0]);
      assert(values[0]!.every(Number.isFinite));
    });
  }

  test("G-SGD in f32 follows the trajectory in f64", async (backend) => {
    for (const [steps, tolerance] of [[1, 1e-6], [5, 5e-6], [50, 2e-5]] as const) {
      using network = networkOf(sgd({ learningRate: 0.05 }));
      const exact = new TrainingRun(network, gsgd()(network.graph), hostValues(network));
      const reference = exact.steps(steps).weights();
      const apart = relativeDifference(await train(backend, network, steps), reference);
      assert(apart < tolerance, `${steps} steps: ${apart}`);
    }
  });

  test("with skeleton weights of 1 the first layer moves as with SGD, to the bit", async (backend) => {
    using path = networkOf(sgd({ learningRate: 0.01 }));
    using plain = networkOf(sgd({ learningRate: 0.01 }));
    const a = edgeValues(net, await train(backend, path, 1));
    const b = edgeValues(net, await train(backend, plain, 1, []));
    for (const e of net.plain) {
      const { layer, column } = net.edges[e]!;
      if (layer === 1 || column === null) assertEquals(a[e], b[e]);
    }
  });

  test("with a rate of 0 G-SGD leaves weights as they are, to the bit", async (backend) => {
    using network = networkOf(sgd({ learningRate: 0 }));
    const before = hostValues(network);
    assertEquals(await train(backend, network, 3), before);
  });
}

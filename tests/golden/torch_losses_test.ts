import { assert } from "@std/assert";
import { evaluate, Tensor, tensor } from "../../autograd/mod.ts";
import { type Backend, interpret } from "../../graph/mod.ts";
import * as layers from "../../layers/mod.ts";
import { configurations, cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { assertAllClose } from "../support/close.ts";
import {
  type Build,
  buildCase,
  describeCase,
  type GoldenCase,
  goldenCases,
  type Options,
} from "./golden.ts";

type Loss = (inputs: readonly Tensor[], options: Options) => Tensor;

/** Lists among the options are tensors: a golden file has no others. */
function withTensors(options: Options): Options {
  return Object.fromEntries(
    Object.entries(options).map((
      [name, value],
    ) => [name, Array.isArray(value) ? tensor(value) : value]),
  );
}

const losses: Readonly<Record<string, Loss>> = {
  crossEntropy: ([x, y], options) => layers.crossEntropy(x!, y!, options),
  nllLoss: ([x, y], options) => layers.nllLoss(x!, y!, options),
  mse: ([x, y], options) => layers.mse(x!, y!, options),
  l1Loss: ([x, y], options) => layers.l1Loss(x!, y!, options),
  huberLoss: ([x, y], options) => layers.huberLoss(x!, y!, options),
  smoothL1Loss: ([x, y], options) => layers.smoothL1Loss(x!, y!, options),
  binaryCrossEntropyWithLogits: ([x, y], options) =>
    layers.binaryCrossEntropyWithLogits(x!, y!, options),
  klDiv: ([x, y], { target, ...options }) =>
    layers.klDiv(x!, target instanceof Tensor ? target : y!, options),
  hingeEmbeddingLoss: ([x, y], options) => layers.hingeEmbeddingLoss(x!, y!, options),
  cosineEmbeddingLoss: ([a, b, y], options) => layers.cosineEmbeddingLoss(a!, b!, y!, options),
};

function builderOf({ name }: GoldenCase): Build {
  return (inputs, options) =>
    losses[name]!(Object.values(inputs).map((node) => new Tensor(node)), withTensors(options)).node;
}

const cases = goldenCases("torch_losses.json");
/** Golden numbers have nine digits. */
const digits = { relative: 1e-8, absolute: 1e-9 };
const f32 = { relative: 1e-5, absolute: 1e-6 };

for (const [number, golden] of cases.entries()) {
  const title = `${describeCase(golden)} and its gradients are PyTorch's (${number})`;
  Deno.test(`${title} in float64`, () => {
    const { nodes, expected, names } = buildCase(golden, builderOf(golden));
    const values = interpret(nodes);
    nodes.forEach((node, i) => {
      const tolerance = isExact(golden) ? digits : f32;
      assertAllClose(values.get(node)!, expected[i]!, tolerance, names[i]!);
    });
  });
}

/** Inputs with more digits than f32 holds are rounded. */
function isExact({ inputs, cotangent }: GoldenCase): boolean {
  const all = [...Object.values(inputs), cotangent].flatMap(({ data }) => data);
  return all.every((value) => Math.fround(value) === value);
}

/** All cases of a loss in one program. */
async function check(name: string, backend: Backend): Promise<void> {
  const own = cases.filter((golden) => golden.name === name);
  assert(own.length > 0, `there are cases of ${name}`);
  const built = own.map((golden) => buildCase(golden, builderOf(golden)));
  const nodes = built.flatMap(({ nodes }) => nodes.map((node) => ({ node })));
  const values = await evaluate(nodes, { backend });
  const names = built.flatMap(({ names }, i) =>
    names.map((part) => `${part} of ${describeCase(own[i]!)}`)
  );
  built.flatMap(({ expected }) => expected).forEach((expected, i) =>
    assertAllClose(values[i]!, expected, f32, names[i]!)
  );
}

for (const name of Object.keys(losses)) {
  const title = `${name} and its gradients are PyTorch's`;
  for (const options of configurations) {
    cpuTest(`${title} on cpu ${JSON.stringify(options)}`, (cpu) => check(name, cpu), options);
  }
  gpuTest(`${title} on gpu`, (gpu) => check(name, gpu));
}

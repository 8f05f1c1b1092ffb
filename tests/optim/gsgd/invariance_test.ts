import { assert } from "@std/assert";
import { type Graph, labelOf, type Node } from "../../../graph/mod.ts";
import { gsgd, type GsgdOptions } from "../../../optim/gsgd/mod.ts";
import {
  adam,
  adamW,
  chain,
  clipByGlobalNorm,
  cosine,
  type GradientTransform,
  rmsProp,
  sgd,
} from "../../../optim/mod.ts";
import { isInvariant, keepsFree, powersOfTwo, rescale } from "./checks.ts";
import { EnumeratedNetwork } from "./enumerated_paths.ts";
import { mlp, randomNumbers } from "./network.ts";
import { rightParts, stepOf } from "./step_parts.ts";
import { edgeValues, TrainingRun, weightsByName } from "./training_run.ts";

const widths = [4, 5, 6, 6, 4, 3];
const net = new EnumeratedNetwork(widths, true);

function networkOf(transform: GradientTransform) {
  return mlp(widths, { bias: true, transform, seed: 5 });
}

const learningRate = 1e-4;
const optimizers: readonly (readonly [string, GradientTransform, GsgdOptions?])[] = [
  ["SGD", sgd({ learningRate })],
  ["SGD with a schedule", sgd({ learningRate: cosine(learningRate, { steps: 60 }) })],
  ["momentum", sgd({ learningRate, momentum: 0.9 })],
  ["Nesterov and decay", sgd({ learningRate, momentum: 0.9, nesterov: true, weightDecay: 0.01 })],
  ["Adam", adam({ learningRate })],
  ["AdamW", adamW({ learningRate, weightDecay: 0.1 })],
  ["basis-path regularisation", sgd({ learningRate }), { basisPathPenalty: 0.3 }],
  [
    "all at once",
    chain(clipByGlobalNorm(0.5), sgd({ learningRate, momentum: 0.9, weightDecay: 0.01 })),
    {
      basisPathPenalty: 0.01,
      ratioClamp: [0.5, 2],
    },
  ],
  ["RMSprop", rmsProp({ learningRate })],
  ["clipping", chain(clipByGlobalNorm(0.5), sgd({ learningRate }))],
  ["a ratio clamp", sgd({ learningRate: 1e-2 }), { ratioClamp: [0.9, 1.1] }],
];

for (const [name, transform, options] of optimizers) {
  const network = networkOf(transform);
  const graph = gsgd(options)(network.graph);
  Deno.test(`path values do not see a rescaling of hidden units, bit for bit: ${name}`, () => {
    assert(isInvariant(network, graph, net, 50));
  });
  Deno.test(`free weights stay as they are: ${name}`, () => {
    assert(keepsFree(network, graph, net, 10));
  });
}

/** A graph as G-SGD makes it, and what it adds to the path values of each weight, by name. */
function withUpdates(graph: Graph, options: GsgdOptions = {}) {
  const updates = new Map<string, Node>();
  const step = stepOf({
    allocate: (tensor, update, routes, next) => {
      updates.set(labelOf(tensor.weight), update);
      return rightParts.allocate(tensor, update, routes, next);
    },
  }, options);
  return { graph: step(graph), updates };
}

// invariance alone proves little: a step with wrong routes is as invariant [gsgd.md §12]
for (const [name, transform, options] of optimizers) {
  Deno.test(`path values move by the update of the optimizer: ${name}`, () => {
    const network = networkOf(transform);
    const { graph, updates } = withUpdates(network.graph, options);
    const run = new TrainingRun(network, { ...graph, outputs: [...updates.values()] }).steps(2);
    const before = net.pathValues(edgeValues(net, run.weights()));
    const moved: Record<string, Float64Array> = Object.fromEntries(
      network.parameters.map(({ name, size }) => [name, new Float64Array(size)]),
    );
    [...updates.keys()].forEach((name, i) => moved[name] = run.output(i));
    const expected = edgeValues(net, moved);
    const after = net.pathValues(edgeValues(net, run.steps(1).weights()));
    const largest = Math.max(...after.map(Math.abs));
    const isOutside = (e: number) =>
      net.edges[e]!.layer === widths.length - 1 &&
      net.edges[e]!.column === null;
    net.coordinates.forEach((e, p) => {
      if (isOutside(e)) return;
      const apart = Math.abs(after[p]! - before[p]! - expected[e]!);
      assert(apart < 1e-12 * largest, `edge ${e}: ${apart}`);
    });
  });
}

/** Largest difference of path values after training from w and from g_c(w). */
function drift(
  transform: GradientTransform,
  useGsgd: boolean,
  factor: (l: number, u: number) => number,
) {
  const network = networkOf(transform);
  const graph = useGsgd ? gsgd()(network.graph) : network.graph;
  const start = edgeValues(net, new TrainingRun(network).weights());
  const [a, b] = [start, rescale(net, start, factor)].map((weights) => {
    const run = new TrainingRun(network, graph, weightsByName(net, weights)).steps(50);
    return net.pathValues(edgeValues(net, run.weights()));
  });
  const largest = Math.max(...a!.map(Math.abs));
  const apart = a!.map((v, p) => Math.abs(v - b![p]!) / largest);
  return apart.some(Number.isNaN) ? Infinity : Math.max(...apart);
}

const anyFactor = (layer: number, unit: number) => 10 ** (3 * randomNumbers(31 * layer + unit)());

Deno.test("path values do not see a rescaling by any factors between 1e-3 and 1e3", () => {
  assert(drift(sgd({ learningRate }), true, anyFactor) < 1e-10);
  assert(drift(sgd({ learningRate, momentum: 0.9 }), true, anyFactor) < 1e-10);
});

Deno.test("SGD and Adam on weights do see a rescaling", () => {
  assert(drift(sgd({ learningRate }), false, powersOfTwo(3)) > 0.1);
  assert(drift(adam({ learningRate: 0.01 }), false, powersOfTwo(3)) > 0.1);
});

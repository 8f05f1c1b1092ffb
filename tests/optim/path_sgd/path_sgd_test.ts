import { assert, assertEquals, assertThrows } from "@std/assert";
import { pullBack } from "../../../autograd/mod.ts";
import {
  full,
  type Graph,
  GraphError,
  interpret,
  normalize,
  type Op,
  scan,
  scanFinal,
  scanStacked,
  verify,
} from "../../../graph/mod.ts";
import { scaleRules } from "../../../optim/gsgd/scales/scale_rules.ts";
import { adam, chain, clipByGlobalNorm, sgd } from "../../../optim/mod.ts";
import {
  formatPathSgdReport,
  pathSgd,
  type PathSgdReport,
  planPathSgd,
} from "../../../optim/path_sgd/mod.ts";
import { squaredRules } from "../../../optim/path_sgd/squared_rules.ts";
import { isInvariant, powersOfTwo, rescale } from "../gsgd/checks.ts";
import { EnumeratedNetwork } from "../gsgd/enumerated_paths.ts";
import { graphCases } from "../gsgd/graphs.ts";
import { mlp, network } from "../gsgd/network.ts";
import {
  edgeValues,
  relativeDifference,
  TrainingRun,
  weightsByName,
} from "../gsgd/training_run.ts";

const widths = [4, 5, 6, 6, 4, 3];
const net = new EnumeratedNetwork(widths, true);
const learningRate = 1e-3;

Deno.test("a step of Path-SGD is w − η·δ/κ, with κ from the enumerated paths", () => {
  const network = mlp(widths, { bias: true, transform: sgd({ learningRate }) });
  const run = new TrainingRun(network, pathSgd()(network.graph));
  const weights = edgeValues(net, run.weights());
  const slopes = edgeValues(net, run.gradients());
  const expected = weights.map((w, e) => {
    const kappa = net.paths.filter((path) => path.includes(e)).reduce((sum, path) => {
      const others = path.filter((f) => f !== e);
      return sum + others.reduce((product, f) => product * weights[f]! ** 2, 1);
    }, 0);
    return w - learningRate * slopes[e]! / kappa;
  });
  const apart = relativeDifference(run.steps(1).weights(), weightsByName(net, expected));
  assert(apart < 1e-14, String(apart));
});

const invariant = [
  ["SGD", sgd({ learningRate })],
  ["momentum and weight decay", sgd({ learningRate, momentum: 0.9, weightDecay: 0.01 })],
  ["Nesterov", sgd({ learningRate, momentum: 0.9, nesterov: true })],
] as const;
for (const [name, transform] of invariant) {
  Deno.test(`path values do not see a rescaling of hidden units, bit for bit: ${name}`, () => {
    const network = mlp(widths, { bias: true, transform, seed: 5 });
    assert(isInvariant(network, pathSgd()(network.graph), net, 50));
  });
}

Deno.test("what the documentation says is not invariant is not: Adam, clipping", () => {
  const others = [adam({ learningRate }), chain(clipByGlobalNorm(1e-3), sgd({ learningRate }))];
  for (const transform of others) {
    const network = mlp(widths, { bias: true, transform, seed: 5 });
    assert(!isInvariant(network, pathSgd()(network.graph), net, 5));
  }
});

Deno.test("where a weight is 0, others that only lead through it stay as they are", () => {
  const network = mlp([3, 2, 2], { transform: sgd({ learningRate: 0.1 }) });
  const start = new TrainingRun(network).weights();
  const dead = { ...start, "W2.weight": Float64Array.of(0, 0.7, 0, -0.4) }; // unit 0 has no way out
  const run = new TrainingRun(network, pathSgd()(network.graph), dead);
  const after = run.steps(1).weights();
  assertEquals(after["W1.weight"]!.slice(0, 3), start["W1.weight"]!.slice(0, 3));
  assert(Object.values(after).every((data) => data.every(Number.isFinite)));
  assert(after["W1.weight"]![3] !== start["W1.weight"]![3]);
});

Deno.test("every graph of G-SGD's tests gets a well-formed step, and every applied weight a κ", () => {
  for (const { graph: name, network } of graphCases) {
    const { report, kappa, apply } = planPathSgd(network.graph);
    const rewritten = apply(network.graph);
    verify(rewritten);
    assertEquals([...rewritten.updates.keys()], [...network.graph.updates.keys()], name);
    assertEquals(rewritten.outputs, network.graph.outputs);
    for (const [weight, node] of kappa) assertEquals(node.type, weight.type, name);
    const numbers = interpret([...kappa.values()], network.bindings);
    for (const node of kappa.values()) {
      assert(numbers.get(node)!.every((k) => k >= 0 && Number.isFinite(k)), name);
    }
    assertEquals(report.parameters.length, network.parameters.length, name);
  }
});

Deno.test("only weights that no edge applies keep their plain updates, and are named", () => {
  const heard: PathSgdReport[] = [];
  const { graph } = network(4, (x, net) => {
    const hidden = x.matmul(net.parameter("W1", [4, 5]).tanh()).relu();
    return net.linear(hidden, 3, "W2");
  });
  const rewritten = pathSgd({ onReport: (report) => heard.push(report) })(graph);
  assertEquals(heard, [planPathSgd(graph).report]);
  assertEquals(heard[0]!.parameters, [
    { name: "W1", shape: [4, 5], reason: { code: "derived-weight", op: "tanh" } },
    { name: "W2.weight", shape: [3, 5] },
  ]);
  assertEquals(
    formatPathSgdReport(heard[0]!),
    "gradients of 1 of 2 parameters are divided by κ\n  W1  plain update: derived-weight",
  );
  const [step, first, second] = [...graph.updates.keys()];
  assertEquals(rewritten.updates.get(step!), graph.updates.get(step!));
  assertEquals(rewritten.updates.get(first!), graph.updates.get(first!));
  assert(rewritten.updates.get(second!) !== graph.updates.get(second!));
});

Deno.test("a graph in which no gradient would be divided is refused, and its plan changes nothing", () => {
  const empty: Graph = { outputs: [], updates: new Map() };
  const derived = network(4, (x, net) => x.matmul(net.parameter("W", [4, 3]).tanh())).graph;
  for (const graph of [empty, derived]) {
    assertThrows(() => pathSgd()(graph), GraphError, "Cannot apply pathSgd");
    assertEquals(planPathSgd(graph).apply(graph), graph);
  }
});

Deno.test("every op that scales pass has a rule in the squared network", () => {
  // Paths end at normalization with its own statistics, and at loops.
  const ends: readonly Op[] = [normalize.op, scan.op, scanStacked.op, scanFinal.op];
  const missing = [...scaleRules.keys()].filter((op) =>
    !squaredRules.has(op) && op.lowering.kind !== "element" && !ends.includes(op)
  );
  assertEquals(missing, []);
});

Deno.test("outputs that show gradients go on showing those of the loss", () => {
  const net = mlp([4, 5, 3]);
  const slopes = pullBack(net.loss, full(1, []), net.parameters.map(({ node }) => node));
  const graph = { ...net.graph, outputs: slopes };
  assertEquals(pathSgd()(graph).outputs, slopes);
});

Deno.test("rescaled starts part with SGD", () => {
  const network = mlp(widths, { bias: true, transform: sgd({ learningRate }), seed: 5 });
  const start = edgeValues(net, new TrainingRun(network).weights());
  const rescaled = rescale(net, start, powersOfTwo(3));
  assert(relativeDifference(weightsByName(net, rescaled), weightsByName(net, start)) > 1);
  assert(!isInvariant(network, network.graph, net, 5));
});

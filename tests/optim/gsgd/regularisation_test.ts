import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { gradientsOf, Tensor } from "../../../autograd/mod.ts";
import { chain, clipByGlobalNorm, type GradientTransform, sgd } from "../../../optim/mod.ts";
import { input, interpret } from "../../../graph/mod.ts";
import { gsgd, type GsgdOptions, planGsgd } from "../../../optim/gsgd/mod.ts";
import { EnumeratedNetwork } from "./enumerated_paths.ts";
import { mlp, network } from "./network.ts";
import { edgeValues, TrainingRun } from "./training_run.ts";

const widths = [4, 5, 6, 6, 4, 3];
const net = new EnumeratedNetwork(widths, true);
const learningRate = 0.01;

/** g as the optimizer gets it, by edge: after its first step the velocity is g. */
function slopes(options: GsgdOptions, weightDecay = 0): Float64Array {
  const transform = sgd({ learningRate, momentum: 0.9, weightDecay });
  const network = mlp(widths, { bias: true, transform });
  const run = new TrainingRun(network, gsgd(options)(network.graph)).steps(1);
  const names = network.parameters.map(({ name }) => name);
  const velocities = names.map((name) => [`${name}.momentum`, run.value(`${name}.momentum`)]);
  return edgeValues(net, Object.fromEntries(velocities), ".momentum");
}

function pathValues(): Float64Array {
  return net.pathValues(edgeValues(net, new TrainingRun(mlp(widths, { bias: true })).weights()));
}

/** ∂R/∂v by autograd of a function of the path values, by edge; 0 at free weights. */
function gradientOf(penalty: (plain: Tensor, trained: Tensor) => Tensor): Float64Array {
  const values = pathValues();
  const result = new Float64Array(net.edges.length);
  const parts = [net.plain, net.trained].map((edges) => {
    const node = input("v", { dtype: "f32", shape: [edges.length] });
    return { edges, node, data: edges.map((e) => values[net.coordinates.indexOf(e)]!) };
  });
  const tensors = parts.map(({ node }) => new Tensor(node));
  const nodes = gradientsOf(penalty(tensors[0]!, tensors[1]!), tensors).map(({ node }) => node);
  const computed = interpret(nodes, new Map(parts.map(({ node, data }) => [node, data])));
  parts.forEach(({ edges }, i) =>
    edges.forEach((e, k) => result[e] = computed.get(nodes[i]!)![k]!)
  );
  return result;
}

/** Biases of the last layer touch no scale node. */
const isOutside = (e: number) =>
  net.edges[e]!.column === null && net.edges[e]!.layer === widths.length - 1;

function assertAdds(added: Float64Array, expected: Float64Array): void {
  const largest = Math.max(...expected.map(Math.abs));
  assert(largest > 0);
  added.forEach((x, e) => {
    const wanted = isOutside(e) ? 0 : expected[e]!;
    assert(Math.abs(x - wanted) < 1e-12 * largest, `edge ${e}: ${x} instead of ${wanted}`);
  });
}

const difference = (a: Float64Array, b: Float64Array) => a.map((x, e) => x - b[e]!);

Deno.test("basis-path regularisation adds the gradient of R(v), as autograd has it", () => {
  const expected = gradientOf((plain, trained) =>
    plain.square().sum().mul(0.5).add(trained.square().sub(1).square().sum().mul(0.25)).mul(0.3)
  );
  assertAdds(difference(slopes({ basisPathPenalty: 0.3 }), slopes({})), expected);
  for (const e of net.free) assertEquals(slopes({ basisPathPenalty: 0.3 })[e], 0);
});

Deno.test("weight decay in G-space is the gradient of λ/2·Σ v² over plain paths only", () => {
  const expected = gradientOf((plain, trained) =>
    plain.square().sum().mul(0.5 * 0.3).add(trained.sum().mul(0))
  );
  const added = difference(slopes({}, 0.3), slopes({}));
  const outside = [...net.edges.keys()].filter(isOutside);
  const weights = edgeValues(net, new TrainingRun(mlp(widths, { bias: true })).weights());
  // what G-SGD leaves outside decays as a weight
  outside.forEach((e) => expected[e] = 0.3 * weights[e]!);
  const largest = Math.max(...expected.map(Math.abs));
  added.forEach((x, e) => assert(Math.abs(x - expected[e]!) < 1e-12 * largest));
});

Deno.test("clipping takes the norm of g, and of the gradients of weights outside", () => {
  const after = (transform: GradientTransform) => {
    const network = mlp(widths, { bias: true, transform });
    const run = new TrainingRun(network, gsgd()(network.graph));
    const before = net.pathValues(edgeValues(net, run.weights()));
    const next = net.pathValues(edgeValues(net, run.steps(1).weights()));
    return difference(next, before);
  };
  const norm = Math.hypot(...slopes({}));
  const free = after(sgd({ learningRate }));
  const clipped = after(chain(clipByGlobalNorm(norm / 4), sgd({ learningRate })));
  const largest = Math.max(...free.map(Math.abs));
  free.forEach((moved, p) => assert(Math.abs(clipped[p]! - moved / 4) < 1e-6 * largest));
});

/** Two segments between sigmoids, and weights outside of both. */
function split(transform: GradientTransform) {
  return network(4, (x, net) => {
    const first = net.linear(net.linear(x, 5, "W1").relu(), 6, "W2").sigmoid();
    const outside = net.linear(first, 6, "W3", { bias: true }).sigmoid();
    return net.linear(net.linear(outside, 5, "W4", { bias: true }).relu(), 3, "W5");
  }, { transform });
}

/** After the first step the velocities are what clipping left of the gradients, by name. */
function velocitiesOf(limit: number, scale = 1, options: GsgdOptions = {}) {
  const step = split(chain(clipByGlobalNorm(limit), sgd({ learningRate, momentum: 0.9 })));
  const { graph, parameters } = step;
  const weights = new TrainingRun(step).weights();
  const factors: Record<string, number> = { W1: scale, W2: 1 / scale };
  const start = Object.fromEntries(
    Object.entries(weights).map(([name, data]) => {
      const factor = factors[name.split(".")[0]!] ?? 1;
      return [name, data.map((w) => w * factor)];
    }),
  );
  const run = new TrainingRun(step, gsgd(options)(graph), start).steps(1);
  return new Map(parameters.map(({ name }) => [name, run.value(`${name}.momentum`)]));
}

const normOf = (velocities: ReadonlyMap<string, Float64Array>) =>
  Math.hypot(...[...velocities.values()].flatMap((data) => [...data]));

Deno.test("one factor clips all segments and the weights outside, and does not see a rescaling", () => {
  const { report } = planGsgd(split(sgd({ learningRate })).graph);
  assertEquals(report.segments.length, 2);
  const classes = new Map(report.parameters.map(({ name, class: is }) => [name, is]));
  assertEquals([classes.get("W3.weight"), classes.get("W3.bias")], ["outside", "outside"]);
  const whole = velocitiesOf(1e6);
  const limit = normOf(whole) / 8;
  const clipped = velocitiesOf(limit);
  assert(Math.abs(normOf(clipped) / limit - 1) < 1e-5);
  for (const [name, data] of clipped) {
    data.forEach((g, i) => assert(Math.abs(8 * g - whole.get(name)![i]!) < 1e-5 * limit, name));
  }
  assertEquals(velocitiesOf(limit, 16), clipped);
  const listed = velocitiesOf(limit, 1, { segmentation: [["W1.weight", "W2.weight"]] });
  assert(Math.abs(normOf(listed) / limit - 1) < 1e-5);
});

Deno.test("what basis-path regularisation adds to a gradient is clipped with it", () => {
  const limit = 0.01;
  const regularised = velocitiesOf(limit, 1, { basisPathPenalty: 10 });
  assert(Math.abs(normOf(regularised) / limit - 1) < 1e-3);
});

Deno.test("a penalty below 0 is refused", () => {
  const { graph } = mlp([4, 5, 3]);
  for (const basisPathPenalty of [-1, NaN, Infinity]) {
    const error = assertThrows(() => planGsgd(graph, { basisPathPenalty }), RangeError);
    assertStringIncludes(error.message, `current is ${basisPathPenalty}`);
  }
});

Deno.test("bounds of a ratio that are not positive or not in order are refused", () => {
  const { graph } = mlp([4, 5, 3]);
  for (const ratioClamp of [[2, 0.5], [-1, 2], [0, 2], [NaN, 2], [1, 1]] as const) {
    const error = assertThrows(() => planGsgd(graph, { ratioClamp }), RangeError);
    assertStringIncludes(error.message, `current is [${ratioClamp.join(", ")}]`);
  }
});

Deno.test("path values move by −η·velocity, with the penalty, decay and clipping in it", () => {
  const momentum = sgd({ learningRate, momentum: 0.9, weightDecay: 0.1 });
  for (const transform of [momentum, chain(clipByGlobalNorm(0.5), momentum)]) {
    const network = mlp(widths, { bias: true, transform });
    const run = new TrainingRun(network, gsgd({ basisPathPenalty: 0.3 })(network.graph));
    const before = net.pathValues(edgeValues(net, run.weights()));
    const after = net.pathValues(edgeValues(net, run.steps(1).weights()));
    const names = network.parameters.map(({ name }) => `${name}.momentum`);
    const velocities = Object.fromEntries(names.map((name) => [name, run.value(name)]));
    const velocity = edgeValues(net, velocities, ".momentum");
    const largest = Math.max(...before.map(Math.abs));
    net.coordinates.forEach((e, p) => {
      const apart = after[p]! - before[p]! + learningRate * velocity[e]!;
      assert(Math.abs(apart) < 1e-12 * largest, `edge ${e}: ${apart}`);
    });
  }
});

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  applyUpdate,
  fullLike,
  gradient,
  type Graph,
  GraphError,
  mul,
  type Node,
  verify,
} from "../../../graph/mod.ts";
import {
  formatReason,
  formatReport,
  gsgd,
  type GsgdReport,
  gsgdTelemetry,
  planGsgd,
} from "../../../optim/gsgd/mod.ts";
import { adam, sgd } from "../../../optim/mod.ts";
import { mlp, network, type TrainingNetwork } from "./network.ts";
import { TrainingRun } from "./training_run.ts";

/** The network with other updates for some parameters. */
function withUpdates(
  net: TrainingNetwork,
  other: Readonly<Record<string, Node | undefined>>,
): Graph {
  const updates = new Map(net.graph.updates);
  for (const { name, node } of net.parameters) {
    if (!(name in other)) continue;
    const next = other[name];
    if (next) updates.set(node, next);
    else updates.delete(node);
  }
  return { ...net.graph, updates };
}

/** w − rate · ∂L/∂w. */
function descent(net: TrainingNetwork, name: string, rate: number): Node {
  const { node } = net.parameters.find((parameter) => parameter.name === name)!;
  const slope = net.graph.updates.get(node)!.inputs[1]!.inputs[0]!;
  return applyUpdate(node, mul(slope, fullLike(slope, -rate)));
}

const reasons = ({ parameters }: GsgdReport) =>
  Object.fromEntries(
    parameters.map(({ name, class: is, reason }) => [name, reason ? formatReason(reason) : is]),
  );

Deno.test("the rewritten graph is well formed, and keeps keys, outputs and other updates", () => {
  const { graph } = mlp([4, 5, 3], { bias: true, transform: adam({ learningRate: 0.01 }) });
  const rewritten = gsgd()(graph);
  verify(rewritten);
  assertEquals(rewritten.outputs, graph.outputs);
  assertEquals([...rewritten.updates.keys()], [...graph.updates.keys()]);
  const [step] = graph.updates.keys();
  assertEquals(rewritten.updates.get(step!), graph.updates.get(step!));
});

Deno.test("a graph without scale nodes is refused, by the pass and by a plan", () => {
  const { graph } = network(4, (x, net) => net.linear(net.linear(x, 5, "W1").tanh(), 3, "W2"));
  const reports: GsgdReport[] = [];
  const pass = gsgd({ onReport: (report) => reports.push(report) });
  const error = assertThrows(
    () => pass(graph),
    GraphError,
    "at least one hidden unit must allow rescaling",
  );
  assertStringIncludes(error.message, 'not-homogeneous:tanh at "W1.weight"');
  const { report, apply } = planGsgd(graph);
  assertEquals(reports, [report]);
  assertThrows(() => apply(graph), GraphError, "at least one hidden unit must allow rescaling");
});

Deno.test("a graph that trains nothing is refused", () => {
  const empty = { outputs: [], updates: new Map() };
  assertThrows(() => gsgd()(empty), GraphError, "but it updates none");
  assertThrows(() => planGsgd(empty).apply(empty), GraphError, "but it updates none");
});

Deno.test("a plan is refused for a graph that does not train its weights", () => {
  const [planned, other] = [mlp([4, 5, 3]), mlp([4, 5, 3])];
  const { apply } = planGsgd(planned.graph);
  assertThrows(() => apply(other.graph), GraphError, 'Cannot apply gsgd to "W1.weight"');
  const partly = withUpdates(planned, { "W2.weight": undefined });
  assertThrows(() => apply(partly), GraphError, 'Cannot apply gsgd to "W2.weight"');
});

Deno.test("the weights of a segment may have different learning rates", () => {
  const net = mlp([4, 5, 6, 3]);
  const graph = withUpdates(net, { "W2.weight": descent(net, "W2.weight", 0.5) });
  const { report } = planGsgd(graph);
  assertEquals(report.nodes, 11);
});

Deno.test("a bias may have an optimizer of its own", () => {
  const net = mlp([4, 5, 3], { bias: true });
  const graph = withUpdates(net, { "W1.bias": descent(net, "W1.bias", 0.5) });
  assertEquals(planGsgd(graph).report.nodes, 5);
});

Deno.test("parameters without an update of this loss end a segment", () => {
  const net = mlp([4, 5, 6, 3]);
  const frozen = planGsgd(withUpdates(net, { "W2.weight": undefined })).report;
  assertEquals(reasons(frozen), {
    "W1.weight": "not-optimized",
    "W2.weight": "not-optimized",
    "W3.weight": "not-optimized",
  });
  const { node } = net.parameters[2]!;
  const { node: other } = net.parameters[0]!;
  const slope = gradient(node, node, other); // not of this loss
  const foreign = withUpdates(net, { "W3.weight": applyUpdate(node, slope) });
  const report = reasons(planGsgd(foreign).report);
  assertEquals([report["W2.weight"], report["W3.weight"]], ["last", "gradients-disagree"]);
});

Deno.test("strict refuses weights that would stay outside, but not an output bias", () => {
  planGsgd(mlp([4, 5, 3], { bias: true }).graph, { strict: true });
  const { graph } = network(4, (x, net) => {
    const hidden = net.linear(net.linear(x, 5, "W1").relu(), 5, "W2").gelu();
    return net.linear(hidden, 3, "W3");
  });
  const error = assertThrows(() => planGsgd(graph, { strict: true }), GraphError);
  assertStringIncludes(error.message, 'Cannot apply gsgd to "W3.weight" (strict)');
  assertStringIncludes(error.message, "not-homogeneous:gelu");
});

Deno.test("segments can be named by hand", () => {
  const { graph } = mlp([4, 5, 5, 5, 3]);
  const lists = [["W1.weight", "W2.weight"], ["W3.weight", "W4.weight"]];
  const { report } = planGsgd(graph, { segmentation: lists });
  assertEquals(report.segments.map(({ parameters }) => parameters), lists);
  assertEquals([report.nodes, report.trained], [10, 10]);
  const partly = planGsgd(graph, { segmentation: [["W1.weight", "W2.weight"]] }).report;
  assertEquals(reasons(partly), {
    "W1.weight": "first",
    "W2.weight": "last",
    "W3.weight": "segmentation",
    "W4.weight": "segmentation",
  });
});

Deno.test("the report survives JSON and reads as a table", () => {
  const { report } = planGsgd(mlp([4, 5, 3], { bias: true }).graph);
  assertEquals(JSON.parse(JSON.stringify(report)), report);
  assertEquals(formatReport(report).split("\n"), [
    "parameter  shape  class    segment  free  trained  why",
    "W1.weight  5×4    first          0     0        5",
    "W1.bias    5      bias           0     0        0",
    "W2.weight  3×5    last           0     5        0",
    "W2.bias    3      outside        –     0        0  plain update: not-homogeneous:sub",
    "",
    "m = 43 weights, H = 5 scale nodes, H/m = 11.63 %, 1 segment; 5 free and 5 trained skeleton " +
    "weights, 38 basis paths",
    "3 channels cannot be rescaled: sub fixes their scale",
  ]);
});

Deno.test("onReport is told what the plan says", () => {
  const { graph } = mlp([4, 5, 3]);
  const heard: GsgdReport[] = [];
  gsgd({ onReport: (report) => heard.push(report) })(graph);
  assertEquals(heard, [planGsgd(graph).report]);
});

Deno.test("telemetry counts ratios below 0 and the smallest trained path value", () => {
  using telemetry = gsgdTelemetry();
  const net = mlp([3, 4, 2], { transform: sgd({ learningRate: 1 }), seed: 3 });
  const counters = [telemetry.smallestPathValue, telemetry.signChanges];
  const bindings = new Map(net.bindings);
  counters.forEach((counter) =>
    bindings.set(counter.node, Float64Array.from(counter.hostValue()!))
  );
  const run = new TrainingRun({ ...net, bindings }, gsgd({ telemetry })(net.graph));
  const trained = (weights: Record<string, Float64Array>) =>
    [0, 1, 2, 3].map((k) =>
      weights["W1.weight"]![k * 3 + k % 3]! * weights["W2.weight"]![k % 2 * 4 + k]!
    );
  const before = trained(run.weights());
  const after = trained(run.steps(1).weights());
  const changes = before.filter((v, k) => v * after[k]! < 0).length;
  assert(changes > 0 && changes < 4);
  assertEquals(run.value("gsgd.signChanges"), Float64Array.of(changes));
  const smallest = Math.min(...before.map(Math.abs));
  assert(Math.abs(run.value("gsgd.smallestPathValue")[0]! - smallest) < 1e-12);
});

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { GraphError, interpret, type Node } from "../../../graph/mod.ts";
import { initializeSkeleton, planGsgd } from "../../../optim/gsgd/mod.ts";
import { EnumeratedNetwork } from "./enumerated_paths.ts";
import { grouped, imageNetwork, plainConvolutions } from "./convolution_graphs.ts";
import { mlp, type TrainingNetwork } from "./network.ts";
import { edgeValues } from "./training_run.ts";

const widths = [4, 5, 6, 6, 4, 3];
const net = new EnumeratedNetwork(widths, true);

function valuesOf({ parameters }: TrainingNetwork): Float64Array {
  return edgeValues(
    net,
    Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter.hostValue()!])),
  );
}

function lossOf({ loss, bindings, parameters }: TrainingNetwork): number {
  const values = new Map<Node, ArrayLike<number>>(bindings);
  for (const parameter of parameters) values.set(parameter.node, parameter.hostValue()!);
  return interpret([loss], values).get(loss)![0]!;
}

Deno.test('"one" sets all skeleton weights to 1, and no other weight', () => {
  const network = mlp(widths, { bias: true });
  const before = valuesOf(network);
  initializeSkeleton(planGsgd(network.graph), network.parameters);
  const after = valuesOf(network);
  const skeleton = new Set([...net.free, ...net.trained]);
  after.forEach((w, e) => assertEquals(w, skeleton.has(e) ? 1 : before[e]));
});

Deno.test('"keep" leaves all weights untouched', () => {
  const network = mlp(widths, { bias: true });
  const before = valuesOf(network);
  initializeSkeleton(planGsgd(network.graph), network.parameters, "keep");
  assertEquals(valuesOf(network), before);
});

Deno.test('"gauge" makes free weights ±1 with their signs and keeps function and path values', () => {
  const network = mlp(widths, { bias: true });
  const [before, loss] = [valuesOf(network), lossOf(network)];
  initializeSkeleton(planGsgd(network.graph), network.parameters, "gauge");
  const after = valuesOf(network);
  for (const e of net.free) assertEquals(after[e], Math.sign(before[e]!));
  assert(Math.abs(lossOf(network) - loss) < 1e-6 * loss); // f32 weights
  const [old, values] = [net.pathValues(before), net.pathValues(after)];
  values.forEach((v, p) => assert(Math.abs(v - old[p]!) < 1e-6 * Math.abs(old[p]!)));
});

Deno.test("a skeleton weight of 0 cannot be kept", () => {
  const network = mlp(widths, { bias: true });
  const weight = network.parameters.find(({ name }) => name === "W2.weight")!;
  const data = weight.hostValue()!;
  data[1 * 5 + 1] = 0;
  weight.assign(data);
  for (const init of ["keep", "gauge"] as const) {
    const error = assertThrows(
      () => initializeSkeleton(planGsgd(network.graph), network.parameters, init),
      GraphError,
    );
    assertStringIncludes(error.message, 'skeleton weight [1, 1] of "W2.weight"');
  }
  initializeSkeleton(planGsgd(network.graph), network.parameters, "one");
});

Deno.test("a parameter that is not given is named", () => {
  const network = mlp([3, 4, 2]);
  const error = assertThrows(
    () => initializeSkeleton(planGsgd(network.graph), network.parameters.slice(1)),
    GraphError,
  );
  assertStringIncludes(error.message, '"W1.weight"');
});

Deno.test('"gauge" keeps the function of grouped and flattened convolutions', () => {
  for (const write of [grouped, plainConvolutions]) {
    const network = imageNetwork([2, 6], write);
    const loss = lossOf(network);
    const plan = planGsgd(network.graph);
    initializeSkeleton(plan, network.parameters, "gauge");
    for (const { outEdge: { weight, position } } of plan.skeleton.nodes) {
      const parameter = network.parameters.find(({ node }) => node === weight)!;
      const index = position.reduce((sum, i, axis) => sum * parameter.shape[axis]! + i, 0);
      assertEquals(Math.abs(parameter.hostValue()![index]!), 1);
    }
    assert(Math.abs(lossOf(network) - loss) < 1e-5 * loss); // f32 weights
  }
});

Deno.test('"one" with a sign seed makes skeleton weights 1 or −1, the same for the same seed', () => {
  const [first, again, other] = [1, 1, 2].map((signSeed) => {
    const network = mlp(widths, { bias: true });
    const before = valuesOf(network);
    initializeSkeleton(planGsgd(network.graph), network.parameters, "one", { signSeed });
    const after = valuesOf(network);
    const skeleton = new Set([...net.free, ...net.trained]);
    after.forEach((w, e) =>
      assertEquals(skeleton.has(e) ? Math.abs(w) : w, skeleton.has(e) ? 1 : before[e])
    );
    return [...skeleton].map((e) => after[e]!);
  });
  assertEquals(first, again);
  assert(first!.join() !== other!.join());
  for (const signs of [first!, other!]) {
    const negative = signs.filter((sign) => sign < 0).length;
    assert(negative > 0.2 * signs.length && negative < 0.8 * signs.length, `${negative}`);
  }
});

Deno.test("signs cannot be drawn for skeleton weights that keep their own", () => {
  const network = mlp(widths);
  const plan = planGsgd(network.graph);
  for (const init of ["keep", "gauge"] as const) {
    const error = assertThrows(
      () => initializeSkeleton(plan, network.parameters, init, { signSeed: 1 }),
      RangeError,
    );
    assertStringIncludes(error.message, `current init is ${init}`);
  }
});

import { assert, assertEquals } from "@std/assert";
import { arange, full, trace } from "../../../autograd/mod.ts";
import { interpret, labelOf } from "../../../graph/mod.ts";
import { crossEntropy, Dropout, initialize } from "../../../layers/mod.ts";
import { Optimizer, sgd } from "../../../optim/mod.ts";
import { planPathSgd } from "../../../optim/path_sgd/mod.ts";
import { imageNetwork, residualBlocks } from "../gsgd/convolution_graphs.ts";
import { network, NetworkBuilder, type TrainingNetwork } from "../gsgd/network.ts";
import { relativeDifference, TrainingRun } from "../gsgd/training_run.ts";
import * as unrolled from "./unrolled.ts";
import { unrolledCases } from "./unrolled_cases.ts";

/** κ of all weights as the pass has it, by name. */
function kappaOf(net: TrainingNetwork): Record<string, Float64Array> {
  const { kappa } = planPathSgd(net.graph);
  const values = interpret([...kappa.values()], net.bindings);
  return Object.fromEntries([...kappa].map(([weight, k]) => [labelOf(weight), values.get(k)!]));
}

for (const { name, network: make, outputs } of unrolledCases) {
  const net = make();
  Deno.test(`κ is what enumerating all paths gives: ${name}`, () => {
    const expected = unrolled.enumeratedKappa(outputs, new TrainingRun(net).weights());
    const found = kappaOf(net);
    assertEquals(Object.keys(found).toSorted(), Object.keys(expected).toSorted());
    const apart = relativeDifference(found, expected);
    assert(apart < 1e-13, String(apart));
    for (const data of Object.values(found)) assert(data.every((k) => k > 0));
  });
}

Deno.test("κ does not depend on the number of samples", () => {
  const write: Parameters<typeof imageNetwork>[1] = (x, net) => residualBlocks({})(x, net);
  const [few, many] = [1, 7].map((batch) => imageNetwork([2, 4], write, { batch }));
  const weights = new TrainingRun(few!).weights();
  const bound = new Map(many!.bindings);
  for (const { name, node } of many!.parameters) bound.set(node, weights[name]!);
  assertEquals(kappaOf({ ...many!, bindings: bound }), kappaOf(few!));
});

Deno.test("normalisation ends paths, and new ones begin behind it", () => {
  // conv → [end] · normalise · [begin] → gain, shift → conv → …
  const net = imageNetwork([2, 4], (x, builder) => {
    const first = builder.batchNorm(builder.conv(x, 2, "c1", { padding: 1 }), "b1").relu();
    return builder.linear(builder.conv(first, 2, "c2").flatten(1), 3, "fc");
  });
  const weights = new TrainingRun(net).weights();
  const before = unrolled.conv(unrolled.dataImage(2, 4), 2, "c1", { padding: 1 });
  const scaled = unrolled.dataImage(2, 4).map((channel, index) =>
    channel.map((row) =>
      row.map((from): unrolled.Neuron => [
        { from, by: { name: "b1.weight", index } },
        { from: "one", by: { name: "b1.bias", index } },
      ])
    )
  );
  const after = unrolled.linear(unrolled.flatten(unrolled.conv(scaled, 2, "c2")), 3, "fc");
  const expected = unrolled.enumeratedKappa([...unrolled.flatten(before), ...after], weights);
  const apart = relativeDifference(kappaOf(net), expected);
  assert(apart < 1e-13, String(apart));
});

Deno.test("a sigmoid ends paths as well", () => {
  const net = network(4, (x, builder) => {
    const hidden = builder.linear(builder.linear(x, 5, "W1").relu(), 4, "W2").sigmoid();
    return builder.linear(builder.linear(hidden, 6, "W3").relu(), 3, "W4");
  });
  const first = unrolled.linear(unrolled.linear(unrolled.dataRow(4), 5, "W1"), 4, "W2");
  const second = unrolled.linear(unrolled.linear(unrolled.dataRow(4), 6, "W3"), 3, "W4");
  const expected = unrolled.enumeratedKappa([...first, ...second], new TrainingRun(net).weights());
  assert(relativeDifference(kappaOf(net), expected) < 1e-13);
});

Deno.test("paths end at the logits of a cross entropy, and dropout only scales them", () => {
  const builder = new NetworkBuilder(3);
  const x = builder.data([6, 4]);
  const hidden = initialize(new Dropout(0.5), { seed: 1 }).forward(
    builder.linear(x, 5, "W1", { bias: true }).relu(),
    {
      training: true,
      counter: full(0, [], "i32"),
      seed: 1,
    },
  );
  const logits = builder.linear(hidden, 3, "W2", { bias: true });
  const loss = crossEntropy(logits, arange(6).mod(3));
  const optimizer = new Optimizer(builder.parameters, sgd({ learningRate: 0.1 }));
  const { graph } = trace<never, never>({}, () => ({ updates: optimizer.minimize(loss) }));
  const { kappa } = planPathSgd(graph);
  const values = interpret([...kappa.values()], builder.bindings);
  const found = Object.fromEntries(
    [...kappa].map(([weight, k]) => [labelOf(weight), values.get(k)!]),
  );
  const weights = Object.fromEntries(
    builder.parameters.map(({ name, node }) => [name, builder.bindings.get(node)!]),
  );
  const ways = unrolled.linear(unrolled.dataRow(4), 5, "W1", true);
  const doubled = ways.map((from): unrolled.Neuron => [{ from, by: 2 }]); // 1 / (1 − rate)
  const expected = unrolled.enumeratedKappa(unrolled.linear(doubled, 3, "W2", true), weights);
  const apart = relativeDifference(found, expected);
  assert(apart < 1e-13, String(apart));
});

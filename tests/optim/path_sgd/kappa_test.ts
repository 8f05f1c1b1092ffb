import { assert, assertEquals } from "@std/assert";
import { arange, concat, full, Tensor, trace } from "../../../autograd/mod.ts";
import { avgPool2d, interpret, labelOf, maxPool2d } from "../../../graph/mod.ts";
import { crossEntropy, Dropout, initialize } from "../../../layers/mod.ts";
import { Optimizer, sgd } from "../../../optim/mod.ts";
import { planPathSgd } from "../../../optim/path_sgd/mod.ts";
import { imageNetwork, residualBlocks } from "../gsgd/convolution_graphs.ts";
import { mlp, network, NetworkBuilder, type TrainingNetwork } from "../gsgd/network.ts";
import { relativeDifference, TrainingRun } from "../gsgd/training_run.ts";
import * as unrolled from "./unrolled.ts";

/** κ of all weights as the pass has it, by name. */
function kappaOf(net: TrainingNetwork): Record<string, Float64Array> {
  const { kappa } = planPathSgd(net.graph);
  const values = interpret([...kappa.values()], net.bindings);
  return Object.fromEntries([...kappa].map(([weight, k]) => [labelOf(weight), values.get(k)!]));
}

interface Case {
  readonly name: string;
  readonly net: TrainingNetwork;
  readonly outputs: readonly unrolled.Neuron[];
}

function mlpCase(widths: readonly number[], bias: boolean): Case {
  const outputs = widths.slice(1).reduce(
    (inputs, width, i) => unrolled.linear(inputs, width, `W${i + 1}`, bias),
    unrolled.dataRow(widths[0]!),
  );
  const name = `MLP ${widths.join("-")}${bias ? " with biases" : ""}`;
  return { name, net: mlp(widths, { bias, seed: 3 }), outputs };
}

function plainConvolutions(pooling: "max" | "mean"): Case {
  const net = imageNetwork([2, 6], (x, builder) => {
    const first = builder.conv(x, 2, "c1", { padding: 1, bias: true }).relu();
    const pool = pooling === "max" ? maxPool2d : avgPool2d;
    const pooled = new Tensor(pool(first.node, { size: 2 }));
    const second = builder.conv(pooled, 2, "c2", { padding: 1, stride: 2 }).leakyRelu(0.1);
    return builder.linear(second.flatten(1), 3, "fc", { bias: true });
  });
  const first = unrolled.conv(unrolled.dataImage(2, 6), 2, "c1", { padding: 1, bias: true });
  const pooled = unrolled.pool(first, pooling === "max" ? 1 : 1 / 4);
  const second = unrolled.conv(pooled, 2, "c2", { padding: 1, stride: 2 });
  const outputs = unrolled.linear(unrolled.flatten(second), 3, "fc", true);
  return { name: `convolutions with ${pooling} pooling, stride and borders`, net, outputs };
}

function residualBlock(project: boolean): Case {
  const net = imageNetwork([2, 3], (x, builder) => {
    const stem = builder.conv(x, 2, "stem", { padding: 1 }).relu();
    const first = builder.conv(stem, 2, "c1", { padding: 1, bias: true }).relu();
    const branch = builder.conv(first, 2, "c2", { kernel: 1, bias: true });
    const around = project ? builder.conv(stem, 2, "projection", { kernel: 1 }) : stem;
    return builder.linear(branch.add(around).relu().mean([2, 3]), 3, "fc");
  });
  const stem = unrolled.conv(unrolled.dataImage(2, 3), 2, "stem", { padding: 1 });
  const first = unrolled.conv(stem, 2, "c1", { padding: 1, bias: true });
  const branch = unrolled.conv(first, 2, "c2", { kernel: 1, bias: true });
  const around = project ? unrolled.conv(stem, 2, "projection", { kernel: 1 }) : stem;
  const outputs = unrolled.linear(unrolled.globalMean(unrolled.sum(branch, around)), 3, "fc");
  return { name: `residual block${project ? " with a projection" : ""}`, net, outputs };
}

/** Units with a gain each, then halved with the other sign. */
function gated(): Case {
  const net = network(4, (x, builder) => {
    const hidden = builder.linear(x, 5, "W1").mul(builder.parameter("gain", [5])).relu();
    return builder.linear(hidden.mul(-0.5), 3, "W2");
  });
  const hidden = unrolled.linear(unrolled.dataRow(4), 5, "W1").map((
    from,
    index,
  ) => [{ from, by: { name: "gain", index } }]);
  const halved = hidden.map((from) => [{ from, by: -0.5 }]);
  return {
    name: "a gain for each unit and a constant factor",
    net,
    outputs: unrolled.linear(halved, 3, "W2"),
  };
}

function groupedConvolutions(): Case {
  const net = imageNetwork([2, 3], (x, builder) => {
    const first = builder.conv(x, 4, "c1", { padding: 1, groups: 2, bias: true }).relu();
    const second = builder.conv(first, 4, "c2", { groups: 4 }).relu();
    return builder.linear(second.flatten(1), 2, "fc");
  });
  const first = unrolled.conv(unrolled.dataImage(2, 3), 4, "c1", {
    padding: 1,
    groups: 2,
    bias: true,
  });
  const second = unrolled.conv(first, 4, "c2", { groups: 4 });
  const outputs = unrolled.linear(unrolled.flatten(second), 2, "fc");
  return { name: "grouped and depthwise convolutions", net, outputs };
}

function thinnedShortcut(): Case {
  const net = imageNetwork([1, 4], (x, builder) => {
    const stem = builder.conv(x, 2, "stem", { padding: 1 }).relu();
    const branch = builder.conv(stem, 4, "c1", { padding: 1, stride: 2 });
    const [n] = stem.shape;
    const around = stem.slice([0, 0, 0, 0], [n!, 2, 2, 2], [1, 1, 2, 2])
      .pad([0, 1, 0, 0], [0, 1, 0, 0]);
    return builder.linear(branch.add(around).relu().mean([2, 3]), 2, "fc");
  });
  const stem = unrolled.conv(unrolled.dataImage(1, 4), 2, "stem", { padding: 1 });
  const branch = unrolled.conv(stem, 4, "c1", { padding: 1, stride: 2 });
  const stream = unrolled.sum(branch, unrolled.thinned(stem, 1, 1));
  const outputs = unrolled.linear(unrolled.globalMean(stream), 2, "fc");
  return { name: "a shortcut of every second pixel and channels of zeros", net, outputs };
}

function joined(): Case {
  const net = network(4, (x, builder) => {
    const a = builder.linear(x, 3, "a").relu();
    const b = builder.linear(a, 2, "b", { bias: true }).relu();
    return builder.linear(builder.linear(concat([x, a, b], 1), 4, "c").relu(), 2, "d");
  });
  const x = unrolled.dataRow(4);
  const a = unrolled.linear(x, 3, "a");
  const b = unrolled.linear(a, 2, "b", true);
  const outputs = unrolled.linear(unrolled.linear([...x, ...a, ...b], 4, "c"), 2, "d");
  return { name: "data and hidden units joined", net, outputs };
}

/** Half of a layer goes through a sigmoid: there paths end, in the other half they go on. */
function halfEnding(): Case {
  const net = network(4, (x, builder) => {
    const hidden = builder.linear(x, 5, "W1", { bias: true });
    const rows = hidden.shape[0]!;
    const [on, off] = [hidden.slice([0, 0], [rows, 3]), hidden.slice([0, 3], [rows, 2])];
    return builder.linear(concat([on.relu(), off.sigmoid()], 1), 3, "W2");
  });
  const hidden = unrolled.linear(unrolled.dataRow(4), 5, "W1", true);
  const next = unrolled.linear([...hidden.slice(0, 3), ...unrolled.dataRow(2)], 3, "W2");
  return {
    name: "half a layer that ends in a sigmoid",
    net,
    outputs: [...hidden.slice(3), ...next],
  };
}

function tokens(): Case {
  const net = network(12, (x, builder) => {
    const pixels = x.reshape([-1, 3]); // 4 tokens of 3 features each, with the same weights
    const hidden = builder.linear(pixels, 5, "W1", { bias: true }).relu();
    return builder.linear(hidden.reshape([-1, 4, 5]).mean(1), 2, "W2");
  });
  const each = Array.from({ length: 4 }, () => unrolled.linear(unrolled.dataRow(3), 5, "W1", true));
  const means = each[0]!.map((_, unit): unrolled.Neuron =>
    each.map((units) => ({ from: units[unit]!, by: 1 / 4 }))
  );
  return {
    name: "tokens with shared weights, averaged",
    net,
    outputs: unrolled.linear(means, 2, "W2"),
  };
}

const cases: readonly Case[] = [
  mlpCase([4, 3], false),
  mlpCase([4, 5, 3], false),
  mlpCase([4, 5, 6, 3, 2], true),
  mlpCase([3, 2, 5, 4, 3], false),
  plainConvolutions("max"),
  plainConvolutions("mean"),
  residualBlock(false),
  residualBlock(true),
  gated(),
  groupedConvolutions(),
  thinnedShortcut(),
  joined(),
  halfEnding(),
  tokens(),
];

for (const { name, net, outputs } of cases) {
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

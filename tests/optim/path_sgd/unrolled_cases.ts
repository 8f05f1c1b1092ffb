/** Networks with the neurons that they are made of, to enumerate their paths. */
import { concat, Tensor } from "../../../autograd/mod.ts";
import { avgPool2d, maxPool2d } from "../../../graph/mod.ts";
import { imageNetwork } from "../gsgd/convolution_graphs.ts";
import { mlpWidths } from "../gsgd/layered_patterns.ts";
import { mlp, network, type NetworkOptions, type TrainingNetwork } from "../gsgd/network.ts";
import * as unrolled from "./unrolled.ts";

/** A network twice: as a graph, and as neurons. */
export interface UnrolledCase {
  readonly name: string;
  readonly network: (options?: NetworkOptions) => TrainingNetwork;
  readonly outputs: readonly unrolled.Neuron[];
}

function mlpCase(widths: readonly number[], bias: boolean): UnrolledCase {
  const outputs = widths.slice(1).reduce(
    (inputs, width, i) => unrolled.linear(inputs, width, `W${i + 1}`, bias),
    unrolled.dataRow(widths[0]!),
  );
  const name = `MLP ${widths.join("-")}${bias ? " with biases" : ""}`;
  return { name, network: (options) => mlp(widths, { seed: 3, ...options, bias }), outputs };
}

function plainConvolutions(pooling: "max" | "mean"): UnrolledCase {
  const net = (options?: NetworkOptions) =>
    imageNetwork([2, 6], (x, builder) => {
      const first = builder.conv(x, 2, "c1", { padding: 1, bias: true }).relu();
      const pool = pooling === "max" ? maxPool2d : avgPool2d;
      const pooled = new Tensor(pool(first.node, { size: 2 }));
      const second = builder.conv(pooled, 2, "c2", { padding: 1, stride: 2 }).leakyRelu(0.1);
      return builder.linear(second.flatten(1), 3, "fc", { bias: true });
    }, options);
  const first = unrolled.conv(unrolled.dataImage(2, 6), 2, "c1", { padding: 1, bias: true });
  const pooled = unrolled.pool(first, pooling === "max" ? 1 : 1 / 4);
  const second = unrolled.conv(pooled, 2, "c2", { padding: 1, stride: 2 });
  const outputs = unrolled.linear(unrolled.flatten(second), 3, "fc", true);
  return {
    name: `convolutions with ${pooling} pooling, stride and borders`,
    network: net,
    outputs,
  };
}

function residualBlock(project: boolean): UnrolledCase {
  const net = (options?: NetworkOptions) =>
    imageNetwork([2, 3], (x, builder) => {
      const stem = builder.conv(x, 2, "stem", { padding: 1 }).relu();
      const first = builder.conv(stem, 2, "c1", { padding: 1, bias: true }).relu();
      const branch = builder.conv(first, 2, "c2", { kernel: 1, bias: true });
      const around = project ? builder.conv(stem, 2, "projection", { kernel: 1 }) : stem;
      return builder.linear(branch.add(around).relu().mean([2, 3]), 3, "fc");
    }, options);
  const stem = unrolled.conv(unrolled.dataImage(2, 3), 2, "stem", { padding: 1 });
  const first = unrolled.conv(stem, 2, "c1", { padding: 1, bias: true });
  const branch = unrolled.conv(first, 2, "c2", { kernel: 1, bias: true });
  const around = project ? unrolled.conv(stem, 2, "projection", { kernel: 1 }) : stem;
  const outputs = unrolled.linear(unrolled.globalMean(unrolled.sum(branch, around)), 3, "fc");
  return { name: `residual block${project ? " with a projection" : ""}`, network: net, outputs };
}

/** Units with a gain each, then halved with the other sign. */
function gated(): UnrolledCase {
  const net = (options?: NetworkOptions) =>
    network(4, (x, builder) => {
      const hidden = builder.linear(x, 5, "W1").mul(builder.parameter("gain", [5])).relu();
      return builder.linear(hidden.mul(-0.5), 3, "W2");
    }, options);
  const hidden = unrolled.linear(unrolled.dataRow(4), 5, "W1").map((
    from,
    index,
  ) => [{ from, by: { name: "gain", index } }]);
  const halved = hidden.map((from) => [{ from, by: -0.5 }]);
  return {
    name: "a gain for each unit and a constant factor",
    network: net,
    outputs: unrolled.linear(halved, 3, "W2"),
  };
}

function groupedConvolutions(): UnrolledCase {
  const net = (options?: NetworkOptions) =>
    imageNetwork([2, 3], (x, builder) => {
      const first = builder.conv(x, 4, "c1", { padding: 1, groups: 2, bias: true }).relu();
      const second = builder.conv(first, 4, "c2", { groups: 4 }).relu();
      return builder.linear(second.flatten(1), 2, "fc");
    }, options);
  const first = unrolled.conv(unrolled.dataImage(2, 3), 4, "c1", {
    padding: 1,
    groups: 2,
    bias: true,
  });
  const second = unrolled.conv(first, 4, "c2", { groups: 4 });
  const outputs = unrolled.linear(unrolled.flatten(second), 2, "fc");
  return { name: "grouped and depthwise convolutions", network: net, outputs };
}

function thinnedShortcut(): UnrolledCase {
  const net = (options?: NetworkOptions) =>
    imageNetwork([1, 4], (x, builder) => {
      const stem = builder.conv(x, 2, "stem", { padding: 1 }).relu();
      const branch = builder.conv(stem, 4, "c1", { padding: 1, stride: 2 });
      const [n] = stem.shape;
      const around = stem.slice([0, 0, 0, 0], [n!, 2, 2, 2], [1, 1, 2, 2])
        .pad([0, 1, 0, 0], [0, 1, 0, 0]);
      return builder.linear(branch.add(around).relu().mean([2, 3]), 2, "fc");
    }, options);
  const stem = unrolled.conv(unrolled.dataImage(1, 4), 2, "stem", { padding: 1 });
  const branch = unrolled.conv(stem, 4, "c1", { padding: 1, stride: 2 });
  const stream = unrolled.sum(branch, unrolled.thinned(stem, 1, 1));
  const outputs = unrolled.linear(unrolled.globalMean(stream), 2, "fc");
  return { name: "a shortcut of every second pixel and channels of zeros", network: net, outputs };
}

function joined(): UnrolledCase {
  const net = (options?: NetworkOptions) =>
    network(4, (x, builder) => {
      const a = builder.linear(x, 3, "a").relu();
      const b = builder.linear(a, 2, "b", { bias: true }).relu();
      return builder.linear(builder.linear(concat([x, a, b], 1), 4, "c").relu(), 2, "d");
    }, options);
  const x = unrolled.dataRow(4);
  const a = unrolled.linear(x, 3, "a");
  const b = unrolled.linear(a, 2, "b", true);
  const outputs = unrolled.linear(unrolled.linear([...x, ...a, ...b], 4, "c"), 2, "d");
  return { name: "data and hidden units joined", network: net, outputs };
}

/** Half of a layer goes through a sigmoid: there paths end, in the other half they go on. */
function halfEnding(): UnrolledCase {
  const net = (options?: NetworkOptions) =>
    network(4, (x, builder) => {
      const hidden = builder.linear(x, 5, "W1", { bias: true });
      const rows = hidden.shape[0]!;
      const [on, off] = [hidden.slice([0, 0], [rows, 3]), hidden.slice([0, 3], [rows, 2])];
      return builder.linear(concat([on.relu(), off.sigmoid()], 1), 3, "W2");
    }, options);
  const hidden = unrolled.linear(unrolled.dataRow(4), 5, "W1", true);
  const next = unrolled.linear([...hidden.slice(0, 3), ...unrolled.dataRow(2)], 3, "W2");
  return {
    name: "half a layer that ends in a sigmoid",
    network: net,
    outputs: [...hidden.slice(3), ...next],
  };
}

function tokens(): UnrolledCase {
  const net = (options?: NetworkOptions) =>
    network(12, (x, builder) => {
      const pixels = x.reshape([-1, 3]); // 4 tokens of 3 features each, with the same weights
      const hidden = builder.linear(pixels, 5, "W1", { bias: true }).relu();
      return builder.linear(hidden.reshape([-1, 4, 5]).mean(1), 2, "W2");
    }, options);
  const each = Array.from({ length: 4 }, () => unrolled.linear(unrolled.dataRow(3), 5, "W1", true));
  const means = each[0]!.map((_, unit): unrolled.Neuron =>
    each.map((units) => ({ from: units[unit]!, by: 1 / 4 }))
  );
  return {
    name: "tokens with shared weights, averaged",
    network: net,
    outputs: unrolled.linear(means, 2, "W2"),
  };
}

/** What κ is checked on. */
export const unrolledCases: readonly UnrolledCase[] = [
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

/** The fully connected networks of G-SGD's tests, with biases. */
export const unrolledMlps: readonly UnrolledCase[] = mlpWidths.map((widths) =>
  mlpCase(widths, true)
);

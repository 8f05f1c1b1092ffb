/** Activations, normalizations, and layers of images: what the pass finds in networks with them. */
import type { Tensor } from "../../../autograd/mod.ts";
import * as layers from "../../../layers/mod.ts";
import { imageNetwork } from "./convolution_graphs.ts";
import type { GraphCase } from "./graph_case.ts";
import { network, type NetworkBuilder } from "./network.ts";

/**
 * A hidden layer of 5 units with an activation that is not homogeneous: nothing can be rescaled. The
 * reasons name the ops at which the scales before it, and those after it, end.
 */
function refused(
  name: string,
  activation: Activation,
  before: string,
  after: string = before,
): GraphCase {
  return {
    graph: `${name} MLP`,
    network: network(4, (x, net) => {
      const hidden = net.linear(x, 5, "W1", { bias: true });
      return net.linear(activation(hidden, net), 3, "W2");
    }),
    counts: [0, 0, 0],
    classes: {
      "W1.weight": `outside: not-homogeneous:${before}`,
      "W1.bias": `outside: not-homogeneous:${before}`,
      "W2.weight": `outside: not-homogeneous:${after}`,
    },
    segments: 0,
  };
}

type Activation = (x: Tensor, net: NetworkBuilder) => Tensor;

/** conv 2→4, relu, a layer, conv 4→3, means: the layer keeps the channels' scales, or ends them. */
function between(
  graph: string,
  layer: layers.Module,
  before?: string,
  after: string | undefined = before,
): GraphCase {
  const inside = before === undefined;
  return {
    graph,
    network: imageNetwork([2, 5], (x, net) => {
      const first = net.conv(x, 4, "c1").relu();
      return net.conv(net.layer(layer, first, "between"), 3, "c2").mean([2, 3]);
    }),
    counts: inside ? [4, 4, 4] : [0, 0, 0],
    classes: inside ? { "c1.weight": "first", "c2.weight": "last" } : {
      "c1.weight": `outside: not-homogeneous:${before}`,
      "c2.weight": `outside: not-homogeneous:${after}`,
    },
    segments: inside ? 1 : 0,
  };
}

/** All of them. */
export const layerCases: readonly GraphCase[] = [
  refused("SiLU", layers.silu, "sigmoid (silu)", "mul (silu)"),
  refused("ELU", (x) => layers.elu(x), "expm1 (elu)"),
  refused("SELU", layers.selu, "expm1 (selu)"),
  refused("Softplus", (x) => layers.softplus(x), "exp (softplus)"),
  refused("Hardswish", layers.hardswish, "add (hardswish)", "mul (hardswish)"),
  refused(
    "Softmax",
    (x, net) => net.layer(new layers.Softmax(), x, "head"),
    "reduceMax",
    "softmax (head Softmax)",
  ),
  {
    // The gain of each feature is a gate from data to a scale of its own, as that of LayerNorm.
    graph: "pre-norm feed-forward block with RMSNorm",
    network: network(6, (x, net) => {
      const normal = net.layer(new layers.RMSNorm(6), x, "norm");
      return x.add(net.linear(net.linear(normal, 7, "W1").relu(), 6, "W2"));
    }),
    counts: [13, 13, 7],
    classes: { "norm.weight": "gate", "W1.weight": "interior", "W2.weight": "last" },
  },
  {
    // The mean of squares mixes all units, so none can be rescaled alone; the gain begins anew.
    graph: "RMSNorm between two linear layers",
    network: network(4, (x, net) => {
      const hidden = net.linear(x, 5, "W1").relu();
      return net.linear(net.layer(new layers.RMSNorm(5), hidden, "norm").relu(), 3, "W2");
    }),
    counts: [5, 5, 5],
    classes: {
      "W1.weight": "outside: not-homogeneous:square (norm RMSNorm)",
      "norm.weight": "gate",
      "W2.weight": "last",
    },
    segments: 1,
  },
  {
    graph: "instance normalization with scale and shift",
    network: imageNetwork([2, 5], (x, net) => {
      const norm = new layers.InstanceNorm2d(4, { affine: true });
      const first = net.layer(norm, net.conv(x, 4, "c1"), "norm").relu();
      return net.conv(first, 3, "c2").mean([2, 3]);
    }),
    counts: [4, 4, 4],
    classes: {
      "c1.weight": "outside: not-homogeneous:square (norm InstanceNorm2d)",
      "norm.weight": "gate",
      "norm.bias": "bias",
      "c2.weight": "last",
    },
    segments: 1,
  },
  between(
    "instance normalization without scale and shift",
    new layers.InstanceNorm2d(4),
    "square (between InstanceNorm2d)",
    "div (between InstanceNorm2d)",
  ),
  between("bilinear upsampling", new layers.Upsample(2, { mode: "bilinear" })),
  between(
    "bilinear upsampling from corner to corner",
    new layers.Upsample(2, { mode: "bilinear", alignCorners: true }),
  ),
  between("padding with zeros", new layers.ZeroPad2d([1, 0, 0, 2])),
  between("padding by reflection", new layers.ReflectionPad2d([1, 0, 2, 1])),
  between("padding by replication", new layers.ReplicationPad2d([1, 0, 2, 3])),
  between("padding with a number", new layers.ConstantPad2d(1, 0.5), "pad"),
];

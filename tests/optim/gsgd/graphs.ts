/** The graphs of gsgd.md §10.7, and some more. */
import { concat, type Tensor } from "../../../autograd/mod.ts";
import { convolutionCases } from "./convolution_graphs.ts";
import type { GraphCase, Write } from "./graph_case.ts";
import { convolutionLayerCases } from "./convolution_layer_graphs.ts";
import { layerCases } from "./layer_graphs.ts";
import { mlp, network, type NetworkBuilder } from "./network.ts";
import { sequenceCases } from "./sequence_graphs.ts";

const residualNet: Write = (x, net) => {
  let stream = net.linear(x, 4, "stem").relu();
  for (const block of [1, 2]) {
    const hidden = net.linear(stream, 5, `block${block}.c1`).relu();
    stream = stream.add(net.linear(hidden, 4, `block${block}.c2`)).relu();
  }
  return net.linear(stream, 3, "fc");
};

const projectionNet: Write = (x, net) => {
  const stem = net.linear(x, 4, "stem").relu();
  const first = net.linear(net.linear(stem, 5, "block1.c1").relu(), 4, "block1.c2");
  const middle = stem.add(first).relu();
  const second = net.linear(net.linear(middle, 5, "block2.c1").relu(), 4, "block2.c2");
  return net.linear(net.linear(middle, 4, "projection").add(second).relu(), 3, "fc");
};

const feedForward: Write = (x, net) => {
  const centred = x.sub(x.mean(-1, true));
  const normal = centred.div(centred.square().mean(-1, true).add(1e-5).sqrt());
  const scaled = normal.mul(net.parameter("ln.weight", [6])).add(net.parameter("ln.bias", [6]));
  return x.add(net.linear(net.linear(scaled, 12, "W1").relu(), 6, "W2"));
};

const attention: Write = (x, net) => {
  const tokens = x.reshape([1, 5, 4]).reshape([5, 4]);
  const [q, k, v] = ["q", "k", "v"].map((name) => net.linear(tokens, 4, name)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  return net.linear(q.matmul(k.transpose()).softmax().matmul(v), 4, "out");
};

const gru: Write = (x, net) => {
  const h = net.linear(x, 3, "embed").tanh();
  const gate = (name: string) =>
    net.linear(x, 3, `${name}.x`).add(net.linear(h, 3, `${name}.h`)).sigmoid();
  const [reset, update] = [gate("r"), gate("z")];
  const candidate = net.linear(x, 3, "n.x").add(reset.mul(net.linear(h, 3, "n.h"))).tanh();
  return net.linear(candidate.sub(update.mul(candidate)).add(update.mul(h)), 2, "out");
};

/** The larger of two linear functions in each unit. */
const maxout = (x: Tensor, net: NetworkBuilder): Tensor =>
  net.linear(net.linear(x, 5, "a").maximum(net.linear(x, 5, "b")), 3, "last");

/** What the pass must find: H, free and trained weights, classes, reasons, segments. */
export const graphCases: readonly GraphCase[] = [
  {
    graph: "MLP 49-8-8-10 without biases",
    network: mlp([49, 8, 8, 10]),
    counts: [16, 16, 8],
    classes: { "W1.weight": "first", "W2.weight": "interior", "W3.weight": "last" },
    segments: 1,
  },
  {
    graph: "MLP 49-8-8-10 with biases",
    network: mlp([49, 8, 8, 10], { bias: true }),
    counts: [16, 16, 8],
    classes: {
      "W1.weight": "first",
      "W1.bias": "bias",
      "W2.weight": "interior",
      "W2.bias": "bias",
      "W3.weight": "last",
      "W3.bias": "outside: not-homogeneous:sub",
    },
    segments: 1,
  },
  {
    graph: "MLP 5-3-6-2-4-3 with biases",
    network: mlp([5, 3, 6, 2, 4, 3], { bias: true }),
    counts: [15, 15, 8],
    classes: { "W1.weight": "first", "W3.weight": "interior", "W5.weight": "last" },
  },
  {
    graph: "MLP 3-4-6-5-3",
    network: mlp([3, 4, 6, 5, 3]),
    counts: [15, 15, 6],
    classes: { "W1.weight": "first", "W4.weight": "last" },
  },
  {
    graph: "MLP 4-5-5-6-3 with sigmoid on the second hidden layer",
    network: network(4, (x, net) => {
      const hidden = net.linear(net.linear(x, 5, "W1").relu(), 5, "W2").sigmoid();
      return net.linear(net.linear(hidden, 6, "W3").relu(), 3, "W4");
    }),
    counts: [11, 11, 11],
    classes: {
      "W1.weight": "first",
      "W2.weight": "last",
      "W3.weight": "first",
      "W4.weight": "last",
    },
    segments: 2,
  },
  {
    graph: "ResNet without BN, cut",
    network: network(3, residualNet),
    counts: [10, 10, 10],
    classes: {
      "stem.weight": "outside: residual-add",
      "block1.c1.weight": "first",
      "block1.c2.weight": "last",
      "fc.weight": "outside: residual-add",
    },
    segments: 2,
  },
  {
    graph: "ResNet without BN, tied",
    network: network(3, residualNet),
    options: { residual: "tied" },
    counts: [14, 14, 14],
    classes: {
      "stem.weight": "first",
      "block1.c1.weight": "interior",
      "block2.c2.weight": "interior",
      "fc.weight": "last",
    },
    segments: 1,
  },
  {
    graph: "ResNet with a projection, tied",
    network: network(3, projectionNet),
    options: { residual: "tied" },
    counts: [18, 18, 14],
    classes: { "stem.weight": "first", "projection.weight": "interior", "fc.weight": "last" },
  },
  {
    graph: "pre-LN feed-forward block",
    network: network(6, feedForward),
    counts: [18, 18, 12],
    classes: {
      "ln.weight": "gate",
      "ln.bias": "bias",
      "W1.weight": "interior",
      "W2.weight": "last",
    },
  },
  {
    graph: "GELU MLP",
    network: network(4, (x, net) => net.linear(net.linear(x, 5, "W1").gelu(), 3, "W2")),
    counts: [0, 0, 0],
    classes: {
      "W1.weight": "outside: not-homogeneous:gelu",
      "W2.weight": "outside: not-homogeneous:gelu",
    },
    segments: 0,
  },
  {
    graph: "softmax attention",
    network: network(4, attention),
    counts: [4, 4, 4],
    classes: {
      "q.weight": "outside: not-homogeneous:matmul",
      "k.weight": "outside: not-homogeneous:matmul",
      "v.weight": "first",
      "out.weight": "last",
    },
  },
  {
    graph: "GRU",
    network: network(4, gru),
    counts: [0, 0, 0],
    classes: {
      "embed.weight": "outside: not-homogeneous:tanh",
      "r.x.weight": "outside: residual-add",
      "n.h.weight": "outside: not-homogeneous:tanh",
    },
  },
  {
    graph: "maxout, cut",
    network: network(4, maxout),
    counts: [0, 0, 0],
    classes: {
      "a.weight": "outside: compared-activations",
      "b.weight": "outside: compared-activations",
      "last.weight": "outside: compared-activations",
    },
    segments: 0,
  },
  {
    graph: "maxout, tied",
    network: network(4, maxout),
    options: { residual: "tied" },
    counts: [5, 5, 5],
    classes: { "a.weight": "first", "b.weight": "first", "last.weight": "last" },
    segments: 1,
  },
  {
    graph: "one weight used twice",
    network: network(4, (x, net) => {
      const weight = net.parameter("W", [4, 4]).transpose();
      return net.linear(x.matmul(weight).relu().matmul(weight).relu(), 2, "out");
    }),
    counts: [0, 0, 0],
    classes: { W: "outside: shared-weight" },
  },
  {
    graph: "relu output that a sigmoid branch reads as well",
    network: network(4, (x, net) => {
      const hidden = net.linear(x, 5, "W1").relu();
      return net.linear(hidden, 3, "W2").add(net.linear(hidden.sigmoid(), 3, "W3"));
    }),
    counts: [0, 0, 0],
    classes: { "W1.weight": "outside: not-homogeneous:sigmoid" },
  },
  {
    graph: "DenseNet-like concat",
    network: network(4, (x, net) => {
      const a = net.linear(x, 5, "x").relu();
      const b = net.linear(a, 3, "y").relu();
      return net.linear(net.linear(concat([a, b], 1), 4, "z").relu(), 2, "out");
    }),
    counts: [12, 12, 8],
    classes: {
      "x.weight": "first",
      "y.weight": "interior",
      "z.weight": "interior",
      "out.weight": "last",
    },
  },
  {
    graph: "two linear layers without activation",
    network: network(4, (x, net) => net.linear(net.linear(x, 5, "W1"), 3, "W2")),
    counts: [5, 5, 5],
    classes: { "W1.weight": "first", "W2.weight": "last" },
  },
  {
    graph: "hidden units sliced away",
    network: network(4, (x, net) => {
      const hidden = net.linear(x, 5, "W1").relu();
      return net.linear(hidden.slice([0, 0], [hidden.shape[0]!, 3]), 2, "W2");
    }),
    counts: [3, 3, 3],
    classes: { "W1.weight": "first", "W2.weight": "last" },
  },
  {
    graph: "weights stored as [inputs, outputs]",
    network: network(4, (x, net) => {
      const hidden = x.matmul(net.parameter("W1", [4, 5])).relu();
      const next = hidden.matmul(net.parameter("W2", [5, 7])).leakyRelu(0.1);
      return next.matmul(net.parameter("W3", [7, 2]));
    }),
    counts: [12, 12, 7],
    classes: { W1: "first", W2: "interior", W3: "last" },
  },
  {
    graph: "weights on the left of columns",
    network: network(4, (x, net) => {
      const hidden = net.parameter("W1", [5, 4]).matmul(x.transpose()).abs();
      return net.parameter("W2", [3, 5]).matmul(hidden).transpose();
    }),
    counts: [5, 5, 5],
    classes: { W1: "first", W2: "last" },
  },
  {
    graph: "channels of several pixels, flattened: parallel edges",
    network: network(12, (x, net) => {
      const pixels = x.reshape([-1, 3]); // 4 pixels of 3 channels each
      const hidden = net.linear(pixels, 5, "W1", { bias: true }).relu();
      const flat = hidden.reshape([-1, 4, 5]).permute([0, 2, 1]).reshape([-1, 20]);
      return net.linear(net.linear(flat, 4, "W2").relu(), 3, "W3");
    }),
    counts: [9, 9, 5],
    classes: { "W1.weight": "first", "W2.weight": "interior", "W3.weight": "last" },
  },
  {
    graph: "dropout by a mask, and pixels averaged",
    network: network(12, (x, net) => {
      const hidden = net.linear(x.reshape([-1, 3]), 5, "W1").relu();
      const mask = net.data([5 * 4, 5], "mask").greater(0).cast("f32").mul(2);
      return net.linear(hidden.mul(mask).reshape([-1, 4, 5]).mean(1), 3, "W2");
    }),
    counts: [5, 5, 5],
    classes: { "W1.weight": "first", "W2.weight": "last" },
  },
  {
    graph: "a gain for each hidden unit",
    network: network(4, (x, net) => {
      const hidden = net.linear(x, 5, "W1").relu().mul(net.parameter("gain", [5]));
      return net.linear(hidden.relu(), 3, "W2");
    }),
    counts: [10, 10, 5],
    classes: { "W1.weight": "first", gain: "interior", "W2.weight": "last" },
  },
  {
    graph: "a weight with an L2 penalty in the loss",
    network: network(4, (x, net) => {
      const weight = net.parameter("W1", [5, 4]);
      const hidden = x.matmul(weight.transpose()).relu();
      return net.linear(hidden, 3, "W2").add(weight.square().sum());
    }),
    counts: [0, 0, 0],
    classes: { W1: "outside: weight-penalty" },
  },
  {
    graph: "a weight that is computed",
    network: network(4, (x, net) => {
      const hidden = x.matmul(net.parameter("W1", [4, 5]).tanh()).relu();
      return net.linear(hidden, 3, "W2");
    }),
    counts: [0, 0, 0],
    classes: { W1: "outside: derived-weight" },
  },
  {
    graph: "a mask that compares channels of different scales",
    network: network(4, (x, net) => {
      const [a, b] = [net.linear(x, 5, "W1").relu(), net.linear(x, 5, "W2").relu()];
      return net.linear(a.mul(a.stopGradient().greater(b.stopGradient()).cast("f32")), 3, "W3");
    }),
    counts: [0, 0, 0],
    classes: { "W1.weight": "outside: compared-activations" },
  },
  ...convolutionCases,
  ...convolutionLayerCases,
  ...layerCases,
  ...sequenceCases,
];

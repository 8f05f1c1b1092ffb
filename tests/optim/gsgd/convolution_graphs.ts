/** The rows of gsgd.md §10.7 with convolutions, and some more. */
import { concat, Tensor } from "../../../autograd/mod.ts";
import { avgPool2d, maxPool2d } from "../../../graph/mod.ts";
import { Upsample } from "../../../layers/mod.ts";
import type { GraphCase, Write } from "./graph_case.ts";
import { network, type TrainingNetwork } from "./network.ts";

/** Writes a network of images [n, channels, size, size]. */
export function imageNetwork(
  [channels, size]: readonly [number, number],
  write: Write,
  options: Parameters<typeof network>[2] = {},
): TrainingNetwork {
  const features = channels * size * size;
  return network(
    features,
    (x, net) => write(x.reshape([-1, channels, size, size]), net),
    { batch: 3, ...options },
  );
}

/** conv 2→4, relu, maxpool, conv 4→5 with stride 2, leakyRelu, flatten, linear 20→3. */
export const plainConvolutions: Write = (x, net) => {
  const first = net.conv(x, 4, "c1", { padding: 1 }).relu();
  const pooled = new Tensor(maxPool2d(first.node, { size: 2 }));
  const second = net.conv(pooled, 5, "c2", { padding: 1, stride: 2 }).leakyRelu(0.1);
  return net.linear(second.flatten(1), 3, "fc");
};

/** conv 2→4, bn, relu, conv 4→5, bn, relu, global average pooling, linear. */
export const normalizedConvolutions: Write = (x, net) => {
  const first = net.batchNorm(net.conv(x, 4, "c1", { padding: 1 }), "b1").relu();
  const second = net.batchNorm(net.conv(first, 5, "c2", { padding: 1 }), "b2").relu();
  return net.linear(second.mean([2, 3]), 3, "fc");
};

const frozenStatistics: Write = (x, net) => {
  const first = net.batchNorm(net.conv(x, 4, "c1"), "b1", { frozen: true }).relu();
  return net.linear(first.mean([2, 3]), 3, "fc");
};

interface BlockOptions {
  readonly bn?: boolean;
  readonly project?: boolean;
}

/** A stem and two residual blocks, with batch normalisation and a projection if asked for. */
export function residualBlocks({ bn = false, project = false }: BlockOptions): Write {
  return (x, net) => {
    const norm = (value: Tensor, name: string) => bn ? net.batchNorm(value, name) : value;
    let stream = norm(net.conv(x, 4, "stem", { padding: 1 }), "stem.bn").relu();
    for (const block of ["block1", "block2"]) {
      const first = norm(net.conv(stream, 5, `${block}.c1`, { padding: 1 }), `${block}.b1`);
      const branch = norm(
        net.conv(first.relu(), 4, `${block}.c2`, { padding: 1 }),
        `${block}.b2`,
      );
      const around = project && block === "block2"
        ? norm(net.conv(stream, 4, "projection", { kernel: 1 }), "projection.bn")
        : stream;
      stream = branch.add(around).relu();
    }
    return net.linear(stream.mean([2, 3]), 3, "fc");
  };
}

/** A shortcut that halves the image and adds channels of zeros [He et al. 2016, option A]. */
const zeroChannels: Write = (x, net) => {
  const stem = net.conv(x, 2, "stem", { padding: 1 }).relu();
  const branch = net.conv(
    net.conv(stem, 3, "c1", { padding: 1, stride: 2 }).relu(),
    4,
    "c2",
    { padding: 1 },
  );
  const [n, , h, w] = stem.shape as [number, number, number, number];
  const around = stem.slice([0, 0, 0, 0], [n, 2, h / 2, w / 2], [1, 1, 2, 2])
    .pad([0, 1, 0, 0], [0, 1, 0, 0]);
  return net.linear(branch.add(around).relu().mean([2, 3]), 3, "fc");
};

const denseBlock: Write = (x, net) => {
  const a = net.conv(x, 5, "x", { kernel: 1 }).relu();
  const b = net.conv(a, 3, "y", { padding: 1 }).relu();
  const c = net.conv(concat([a, b], 1), 4, "z", { padding: 1 }).relu();
  return net.linear(c.mean([2, 3]), 2, "out");
};

/** Two groups of channels, then one for each channel. */
export const grouped: Write = (x, net) => {
  const first = net.conv(x, 4, "c1", { kernel: 1 }).relu();
  const second = net.conv(first, 6, "c2", { padding: 1, groups: 2 }).relu();
  const third = net.conv(second, 6, "c3", { padding: 1, groups: 6, bias: true }).relu();
  return net.linear(third.mean([2, 3]), 2, "fc");
};

const pooledAndUpsampled: Write = (x, net) => {
  const first = net.conv(x, 3, "c1", { kernel: 2, bias: true }).relu(); // 5×5
  const pooled = new Tensor(maxPool2d(first.node, { size: 3, stride: 2, padding: 1 }));
  const large = new Upsample(2).forward(pooled);
  const averaged = new Tensor(avgPool2d(large.node, { size: 2, stride: 1, padding: 1 }));
  return net.linear(net.conv(averaged, 2, "c2", { kernel: 2 }).abs().max([2, 3]), 3, "fc");
};

const outsideBatchNorm = "outside: batch-norm";
const cutResidualBlocks = {
  "stem.weight": "outside: residual-add",
  "block1.c1.weight": "first",
  "block1.c2.weight": "last",
  "block2.c1.weight": "first",
  "block2.c2.weight": "last",
  "fc.weight": "outside: residual-add",
};

/** What the pass must find: H, free and trained weights, classes, reasons, segments. */
export const convolutionCases: readonly GraphCase[] = [
  {
    graph: "convolutions with max pooling, stride and flatten",
    network: imageNetwork([2, 6], plainConvolutions),
    counts: [9, 9, 5],
    classes: { "c1.weight": "first", "c2.weight": "interior", "fc.weight": "last" },
    segments: 1,
  },
  {
    graph: "convolutions with batch normalisation, paper",
    network: imageNetwork([2, 5], normalizedConvolutions),
    counts: [9, 9, 5],
    classes: {
      "c1.weight": "first",
      "b1.weight": outsideBatchNorm,
      "b1.bias": outsideBatchNorm,
      "c2.weight": "interior",
      "fc.weight": "last",
    },
    segments: 1,
  },
  {
    graph: "convolutions with batch normalisation, none",
    network: imageNetwork([2, 5], normalizedConvolutions),
    options: { bn: "none" },
    counts: [9, 9, 5],
    classes: { "c1.weight": "first", "c2.weight": "interior", "b2.weight": outsideBatchNorm },
    segments: 1,
  },
  {
    graph: "convolutions with batch normalisation, affine",
    network: imageNetwork([2, 5], normalizedConvolutions),
    options: { bn: "affine" },
    counts: [9, 9, 9],
    classes: {
      "c1.weight": "outside: not-homogeneous:normalize",
      "b1.weight": "gate",
      "b1.bias": "bias",
      "c2.weight": "last",
      "b2.weight": "gate",
      "b2.bias": "bias",
      "fc.weight": "last",
    },
    segments: 2,
  },
  {
    graph: "frozen statistics of batch normalisation, in the mode paper",
    network: imageNetwork([2, 5], frozenStatistics),
    counts: [4, 4, 4],
    classes: {
      "c1.weight": "outside: not-homogeneous:normalize",
      "b1.weight": "gate",
      "b1.bias": "bias",
      "fc.weight": "last",
    },
  },
  {
    graph: "convolutional ResNet without BN, cut",
    network: imageNetwork([2, 4], residualBlocks({})),
    counts: [10, 10, 10],
    classes: cutResidualBlocks,
    segments: 2,
  },
  {
    graph: "convolutional ResNet without BN, tied",
    network: imageNetwork([2, 4], residualBlocks({})),
    options: { residual: "tied" },
    counts: [14, 14, 14],
    classes: {
      "stem.weight": "first",
      "block1.c1.weight": "interior",
      "block1.c2.weight": "interior",
      "block2.c1.weight": "interior",
      "block2.c2.weight": "interior",
      "fc.weight": "last",
    },
    segments: 1,
  },
  {
    graph: "convolutional ResNet with a 1×1 projection, tied",
    network: imageNetwork([2, 4], residualBlocks({ project: true })),
    options: { residual: "tied" },
    counts: [18, 18, 14],
    classes: { "stem.weight": "first", "projection.weight": "interior", "fc.weight": "last" },
    segments: 1,
  },
  {
    graph: "ResNet with BN, cut and paper",
    network: imageNetwork([2, 4], residualBlocks({ bn: true })),
    counts: [10, 10, 10],
    classes: { ...cutResidualBlocks, "block1.b1.weight": outsideBatchNorm },
    segments: 2,
  },
  {
    graph: "ResNet with BN, cut and affine",
    network: imageNetwork([2, 4], residualBlocks({ bn: true, project: true })),
    options: { bn: "affine" },
    counts: [10, 10, 10],
    classes: {
      "stem.weight": "outside: not-homogeneous:normalize",
      "stem.bn.weight": "outside: residual-add",
      "block1.c1.weight": "outside: residual-add",
      "block1.b1.weight": "gate",
      "block1.b1.bias": "bias",
      "block1.c2.weight": "last",
      "block1.b2.weight": "outside: residual-add",
      "block2.b1.weight": "gate",
      "block2.c2.weight": "last",
      "projection.weight": "outside: residual-add",
      "fc.weight": "outside: residual-add",
    },
    segments: 2,
  },
  {
    // the two outer channels are new behind the shortcut, the inner ones those of the stem
    graph: "shortcut with channels of zeros, tied",
    network: imageNetwork([2, 4], zeroChannels),
    options: { residual: "tied" },
    counts: [7, 7, 6],
    classes: {
      "stem.weight": "first",
      "c1.weight": "interior",
      "c2.weight": "interior",
      "fc.weight": "last",
    },
    segments: 1,
  },
  {
    graph: "shortcut with channels of zeros, cut",
    network: imageNetwork([2, 4], zeroChannels),
    counts: [3, 3, 3],
    classes: {
      "stem.weight": "outside: residual-add",
      "c1.weight": "first",
      "c2.weight": "last",
      "fc.weight": "outside: residual-add",
    },
  },
  {
    graph: "DenseNet-like concat of convolutions",
    network: imageNetwork([4, 3], denseBlock),
    counts: [12, 12, 8],
    classes: {
      "x.weight": "first",
      "y.weight": "interior",
      "z.weight": "interior",
      "out.weight": "last",
    },
    segments: 1,
  },
  {
    graph: "grouped and depthwise convolutions",
    network: imageNetwork([2, 3], grouped),
    counts: [16, 16, 6],
    classes: {
      "c1.weight": "first",
      "c2.weight": "interior",
      "c3.weight": "interior",
      "c3.bias": "bias",
      "fc.weight": "last",
    },
    segments: 1,
  },
  {
    graph: "overlapping pools, upsampling and global maximum",
    network: imageNetwork([2, 6], pooledAndUpsampled),
    counts: [5, 5, 3],
    classes: {
      "c1.weight": "first",
      "c1.bias": "bias",
      "c2.weight": "interior",
      "fc.weight": "last",
    },
    segments: 1,
  },
];

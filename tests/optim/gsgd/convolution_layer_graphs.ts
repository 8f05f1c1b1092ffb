/** Transposed convolutions, and convolutions of sequences and volumes. */
import * as layers from "../../../layers/mod.ts";
import { imageNetwork } from "./convolution_graphs.ts";
import type { GraphCase } from "./graph_case.ts";
import { network } from "./network.ts";

/** All of them. */
export const convolutionLayerCases: readonly GraphCase[] = [
  {
    // The weight is [in, out, kh, kw]: tails are along its first axis, heads along the second.
    graph: "transposed convolution between two convolutions",
    network: imageNetwork([2, 5], (x, net) => {
      const first = net.conv(x, 4, "c1").relu();
      const up = new layers.ConvTranspose2d(4, 3, 4, { stride: 2, padding: 1 });
      return net.conv(net.layer(up, first, "up").relu(), 2, "c2").mean([2, 3]);
    }),
    counts: [7, 7, 4],
    classes: {
      "c1.weight": "first",
      "up.weight": "interior",
      "up.bias": "bias",
      "c2.weight": "last",
    },
    segments: 1,
  },
  {
    // After the reshape, pixels of a channel have scales of their own: the first scales end there.
    graph: "decoder of transposed convolutions",
    network: network(6, (x, net) => {
      const hidden = net.linear(x, 8, "fc").relu().reshape([-1, 2, 2, 2]);
      const wide = new layers.ConvTranspose2d(2, 5, [2, 3], { stride: [2, 1], padding: [0, 1] });
      const last = new layers.ConvTranspose2d(5, 1, 3, {
        stride: 2,
        outputPadding: 1,
        dilation: 2,
      });
      return net.layer(last, net.layer(wide, hidden, "d1").leakyRelu(0.1), "d2").flatten(1);
    }),
    counts: [5, 5, 5],
    classes: {
      "fc.weight": "outside: not-homogeneous:conv2dInputGradient",
      "d1.weight": "first",
      "d1.bias": "bias",
      "d2.weight": "last",
      "d2.bias": "outside: not-homogeneous:sub",
    },
    segments: 1,
  },
  {
    graph: "transposed convolution in groups",
    network: imageNetwork([2, 5], (x, net) => {
      const first = net.conv(x, 4, "c1").relu();
      const up = new layers.ConvTranspose2d(4, 4, 2, { groups: 2, bias: false });
      return net.conv(net.layer(up, first, "up").relu(), 2, "c2").mean([2, 3]);
    }),
    counts: [0, 0, 0],
    classes: {
      "c1.weight": "outside: grouped-transpose (up ConvTranspose2d)",
      "up.weight": "outside: grouped-transpose (up ConvTranspose2d)",
      "c2.weight": "outside: grouped-transpose (up ConvTranspose2d)",
    },
    segments: 0,
  },
  {
    graph: "convolutions of sequences with pooling, padding, groups, and a transposed one",
    network: network(14, (x, net) => {
      const sequence = x.reshape([-1, 2, 7]);
      const first = net.layer(new layers.Conv1d(2, 4, 3), sequence, "c1").relu();
      const pooled = new layers.MaxPool1d(2, { stride: 1, padding: 1 }).forward(first);
      const padded = new layers.ReflectionPad1d([1, 2]).forward(pooled);
      const grouped = new layers.Conv1d(4, 6, 3, { groups: 2, dilation: 2, bias: false });
      const second = net.layer(grouped, padded, "c2").leakyRelu(0.2);
      const up = new layers.ConvTranspose1d(6, 3, 3, { stride: 2 });
      return new layers.AvgPool1d(3).forward(net.layer(up, second, "up")).mean(2);
    }),
    counts: [10, 10, 6],
    classes: {
      "c1.weight": "first",
      "c1.bias": "bias",
      "c2.weight": "interior",
      "up.weight": "last",
      "up.bias": "outside: not-homogeneous:sub",
    },
    segments: 1,
  },
  {
    // conv3d multiplies by a reshaped weight, in which the layers of a window are channels.
    graph: "convolution of volumes",
    network: network(2 * 27, (x, net) => {
      const conv = new layers.Conv3d(2, 3, 2, { bias: false });
      const first = net.layer(conv, x.reshape([-1, 2, 3, 3, 3]), "c1").relu();
      return net.linear(first.mean([2, 3, 4]), 2, "fc");
    }),
    counts: [0, 0, 0],
    classes: {
      "c1.weight": "outside: derived-weight",
      "fc.weight": "outside: derived-weight",
    },
    segments: 0,
  },
  {
    // Neighboring pixels come from different channels, so their scales must be equal.
    graph: "pixel shuffle between two convolutions",
    network: imageNetwork([2, 5], (x, net) => {
      const shuffled = new layers.PixelShuffle(2).forward(net.conv(x, 4, "c1").relu());
      return net.conv(shuffled, 3, "c2").mean([2, 3]);
    }),
    counts: [0, 0, 0],
    classes: {
      "c1.weight": "outside: not-homogeneous:conv2d",
      "c2.weight": "outside: not-homogeneous:sub",
    },
    segments: 0,
  },
];

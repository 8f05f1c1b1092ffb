import * as gs from "../../mod.ts";
import { type Calls, count, element } from "./calls.ts";

const images = () => [gs.zeros([2, 4, 5, 5]), gs.zeros([4, 2, 3, 3])];
const sequences = () => [gs.zeros([2, 4, 7]), gs.zeros([4, 2, 3])];
const volumes = () => [gs.zeros([2, 4, 3, 3, 3]), gs.zeros([4, 2, 2, 2, 2])];

const pairs = { stride: [3, 3], padding: [1, 1], dilation: [1, 1], groups: 2 } as const;
const numbers = { stride: 3, padding: 1, dilation: 1, groups: 2 };
const triples = { stride: 1, padding: [1, 1, 1], dilation: 1, groups: 2 } as const;
const paddings = { padding: count, "padding[]": count };
const extra = { ...paddings, outputPadding: count, "outputPadding[]": count };

/** Convolutions, pooling, and padding of images, sequences, and volumes. */
export const convolutionCalls: Calls = {
  "autograd.avgPool2d": {
    args: () => [images()[0], { size: 2, stride: 2, padding: 0 }],
    accepts: paddings,
  },
  "autograd.maxPool2d": {
    args: () => [images()[0], { size: 2, stride: 2, padding: 0 }],
    accepts: paddings,
  },
  "autograd.conv1d": { args: () => [...sequences(), numbers], accepts: paddings },
  "autograd.conv2d": { args: () => [...images(), pairs], accepts: paddings },
  "autograd.conv3d": { args: () => [...volumes(), triples], accepts: paddings },
  "autograd.convTranspose1d": {
    args: () => [...sequences(), { ...numbers, outputPadding: 1 }],
    accepts: extra,
  },
  "autograd.convTranspose2d": {
    args: () => [...images(), { ...pairs, outputPadding: [1, 1] }],
    accepts: extra,
  },
  "graph.convTranspose2d": {
    args: () => [...images().map(({ node }) => node), { ...pairs, outputPadding: [1, 1] }],
    accepts: extra,
  },
  "layers.AdaptiveAvgPool1d": { args: () => [2] },
  "layers.Conv1d": { args: () => [4, 2, 3, numbers], accepts: paddings },
  "layers.Conv3d": { args: () => [4, 2, [1, 2, 3], triples], accepts: paddings },
  "layers.ConvTranspose1d": {
    args: () => [4, 2, 3, { ...numbers, outputPadding: 1 }],
    accepts: extra,
  },
  "layers.ConvTranspose2d": {
    args: () => [4, 2, [3, 3], { ...pairs, outputPadding: [1, 1] }],
    accepts: extra,
  },
  "layers.ConstantPad1d": {
    args: () => [[1, 1], 0.5],
    accepts: { ...paddings, value: element },
  },
  "layers.ReflectionPad1d": { args: () => [[1, 1]], accepts: paddings },
  "layers.ReplicationPad1d": { args: () => [[1, 1]], accepts: paddings },
  "layers.ZeroPad1d": { args: () => [[1, 1]], accepts: paddings },
  "layers.PixelShuffle": { args: () => [2] },
  "layers.PixelUnshuffle": { args: () => [2] },
};

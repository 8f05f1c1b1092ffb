/** Models that are trained in checked mode and exported to ONNX. */
import {
  AdaptiveAvgPool2d,
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  GELU,
  GlobalAvgPool2d,
  GroupNorm,
  LayerNorm,
  LeakyReLU,
  Linear,
  MaxPool2d,
  type Module,
  PlainNet,
  ReLU,
  ResNet,
  Sequential,
  Sigmoid,
  Tanh,
  Upsample,
  VGG,
} from "../../layers/mod.ts";

/** A model, and the shape of its samples. */
export interface ModelCase {
  readonly name: string;
  readonly model: () => Module;
  readonly sample: readonly number[];
}

/** Number of classes whose labels every model accepts. */
export const CLASSES = 3;

/** Models of every layer, with odd sizes. Each has at least {@linkcode CLASSES} outputs. */
export const models: readonly ModelCase[] = [
  {
    name: "an MLP without biases",
    model: () => new Sequential([bare(13, 17), new ReLU(), bare(17, 10)]),
    sample: [13],
  },
  {
    name: "an MLP with biases, dropout, GELU and layer normalization",
    model: () =>
      new Sequential([
        new Linear(20, 32),
        new LayerNorm(32),
        new GELU(),
        new Dropout(0.5),
        new Linear(32, 16),
        new BatchNorm1d(16),
        new Tanh(),
        new LayerNorm(16, { affine: false }),
        new Linear(16, 8),
        new Sigmoid(),
        new Linear(8, 5),
        new LeakyReLU(0.2),
      ]),
    sample: [20],
  },
  {
    name: "a linear layer on the last of several axes",
    model: () =>
      new Sequential([new Linear(6, 4), new ReLU(), new LayerNorm([3, 4]), new Flatten()]),
    sample: [3, 6],
  },
  {
    name: "a PlainNet with batch normalization",
    model: () => new PlainNet(8, { widths: [4, 6, 5] }),
    sample: [3, 9, 9],
  },
  {
    name: "a ResNet with shortcuts of option A",
    model: () => new ResNet(8, { widths: [4, 7, 9], shortcut: "A" }),
    sample: [3, 15, 15],
  },
  {
    name: "a ResNet with shortcuts of option B",
    model: () => new ResNet(18, { widths: [4, 4, 8, 8] }),
    sample: [3, 11, 11],
  },
  {
    name: "a VGG network with max pooling",
    model: () => new VGG("6-M-8-8-M", { channels: 1, classes: 7 }),
    sample: [1, 13, 12],
  },
  {
    name: "depthwise, grouped and dilated convolutions with biases",
    model: () =>
      new Sequential([
        new Conv2d(4, 4, 3, { padding: 1, groups: 4 }),
        new Conv2d(4, 8, 1),
        new GroupNorm(2, 8),
        new ReLU(),
        new Conv2d(8, 6, 3, { padding: "same", groups: 2, dilation: 2, bias: false }),
        new Conv2d(6, 6, 4, { padding: "same", stride: 2 }),
        new BatchNorm2d(6, { affine: false, eps: 1e-3 }),
        new Flatten(),
      ]),
    sample: [4, 9, 11],
  },
  {
    name: "pooling of every kind",
    model: () =>
      new Sequential([
        new MaxPool2d(3, { stride: 2, padding: 1 }),
        new AvgPool2d([3, 2], { stride: [2, 1], padding: [1, 0] }),
        new AdaptiveAvgPool2d([3, 4]),
        new Conv2d(2, 3, 1),
        new AdaptiveAvgPool2d(1),
        new Flatten(),
      ]),
    sample: [2, 17, 16],
  },
  {
    name: "upsampling",
    model: () =>
      new Sequential([
        new Conv2d(1, 2, 7, { padding: 3 }),
        new Upsample(3),
        new Conv2d(2, 3, 2),
        new GlobalAvgPool2d(),
      ]),
    sample: [1, 6, 5],
  },
];

function bare(inputs: number, outputs: number): Linear {
  return new Linear(inputs, outputs, { bias: false });
}

/** Models that are trained in checked mode and exported to ONNX. */
import {
  AdaptiveAvgPool2d,
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  ConstantPad2d,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose1d,
  ConvTranspose2d,
  Dropout,
  ELU,
  Flatten,
  GELU,
  GlobalAvgPool2d,
  GroupNorm,
  Hardswish,
  InstanceNorm2d,
  LayerNorm,
  LeakyReLU,
  Linear,
  MaxPool1d,
  MaxPool2d,
  type Module,
  PixelShuffle,
  PixelUnshuffle,
  PlainNet,
  ReflectionPad2d,
  ReLU,
  ReplicationPad1d,
  ReplicationPad2d,
  ResNet,
  RMSNorm,
  SELU,
  Sequential,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  Tanh,
  Upsample,
  VGG,
  ZeroPad2d,
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
  {
    name: "transposed convolutions and pixel shuffles",
    model: () =>
      new Sequential([
        new Conv2d(2, 4, [3, 2], { stride: 2 }),
        new ReLU(),
        new ConvTranspose2d(4, 8, [2, 3], { stride: 2, outputPadding: [1, 0] }),
        new PixelShuffle(2),
        new ConvTranspose2d(2, 2, 2, { groups: 2, dilation: 3, outputPadding: 1 }),
        new PixelUnshuffle(3),
        new GlobalAvgPool2d(),
      ]),
    sample: [2, 7, 7],
  },
  {
    name: "convolutions of sequences and volumes",
    model: () =>
      new Sequential([
        new ReplicationPad1d([2, 0]),
        new Conv1d(2, 4, 3, { dilation: 2 }),
        new MaxPool1d(2),
        new ConvTranspose1d(4, 6, 4, { stride: 2, padding: 1 }),
        (x) => x.reshape(-1, 2, 3, 2, 6),
        new Conv3d(2, 3, [2, 1, 3], { padding: [1, 0, 1] }),
        new Flatten(),
        new Linear(3 * 4 * 2 * 6, 3),
      ]),
    sample: [2, 14],
  },
  {
    name: "smooth activations and RMS normalization",
    model: () =>
      new Sequential([
        new Linear(9, 12),
        new RMSNorm(12),
        new SiLU(),
        new Linear(12, 11),
        new ELU(0.7),
        new Linear(11, 7),
        new SELU(),
        new Linear(7, 6),
        new Softplus(2),
        new RMSNorm(6, { affine: false }),
        new Linear(6, 5),
        new Hardswish(),
        new Linear(5, 4),
        new Softmax(),
      ]),
    sample: [9],
  },
  {
    name: "instance normalization, padding, and bilinear upsampling",
    model: () =>
      new Sequential([
        new ReflectionPad2d([1, 2, 0, 1]),
        new Conv2d(2, 3, 3),
        new InstanceNorm2d(3, { affine: true }),
        new ReLU(),
        new Upsample(2, { mode: "bilinear" }),
        new ReplicationPad2d([0, 3, 1, 0]),
        new Conv2d(3, 4, 2),
        new InstanceNorm2d(4),
        new Upsample(2, { mode: "bilinear", alignCorners: true }),
        new ZeroPad2d(1),
        new ConstantPad2d([1, 0, 0, 1], 0.5),
        new Conv2d(4, 3, 3),
        new GlobalAvgPool2d(),
      ]),
    sample: [2, 4, 5],
  },
];

function bare(inputs: number, outputs: number): Linear {
  return new Linear(inputs, outputs, { bias: false });
}

/**
 * Inputs of convolutions and convolutional networks as plain numbers, for all contenders.
 * @module
 */
import { labels, values } from "./inputs.ts";

/** A convolution with stride 1 that keeps the size of images. */
export interface ConvShape {
  /** Batch size. */
  readonly n: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Height and width of an image. */
  readonly size: number;
}

/** Inputs of a convolution. */
interface ConvInputs {
  /** [n, inputs, size, size]. */
  readonly x: Float32Array<ArrayBuffer>;
  /** [outputs, inputs, 3, 3]. */
  readonly w: Float32Array<ArrayBuffer>;
  /** ∂loss/∂result [n, outputs, size, size]; the loss is Σ result · g. */
  readonly g: Float32Array<ArrayBuffer>;
}

/** Returns images, the weight, and the gradient of the result. */
export function convInputs({ n, inputs, outputs, size }: ConvShape): ConvInputs {
  return {
    x: values(n * inputs * size * size, 1),
    w: values(outputs * inputs * 9, 2),
    g: values(n * outputs * size * size, 3),
  };
}

/** FLOPs of a forward convolution. Each of its two derivatives takes as many. */
export function convFlops({ n, inputs, outputs, size }: ConvShape): number {
  return 2 * n * size * size * 9 * inputs * outputs;
}

/** A 3×3 convolution of a network, followed by batch normalization and ReLU. */
export interface ConvLayer {
  /** Name of the convolution in PyTorch: `conv1`, `layer1.0.conv1`, … */
  readonly conv: string;
  /** Name of its normalization: `bn1`, `layer1.0.bn1`, … */
  readonly norm: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
  /** Height and width of the result. */
  readonly size: number;
}

/** Height and width of the images. */
export const IMAGE_SIZE = 32;
const CHANNELS = 3;
const CLASSES = 10;
const WIDTHS = [16, 32, 64];

/** The convolutions of a plain network for CIFAR of depth 6n + 2 [He et al. 2016]. */
export function plainNetLayers(depth: number): ConvLayer[] {
  const blocks = (depth - 2) / 6;
  const stem = { conv: "conv1", norm: "bn1", inputs: CHANNELS, outputs: 16, stride: 1, size: 32 };
  const stages = WIDTHS.flatMap((outputs, stage) =>
    Array.from({ length: 2 * blocks }, (_, i): ConvLayer => {
      const isFirst = i === 0 && stage > 0;
      const name = `layer${stage + 1}.${Math.floor(i / 2)}`;
      return {
        conv: `${name}.conv${i % 2 + 1}`,
        norm: `${name}.bn${i % 2 + 1}`,
        inputs: isFirst ? WIDTHS[stage - 1] ?? outputs : outputs,
        outputs,
        stride: isFirst ? 2 : 1,
        size: IMAGE_SIZE >> stage,
      };
    })
  );
  return [stem, ...stages];
}

/** Batch and initial weights for training a plain network. */
export interface PlainNetInputs {
  /** [batch, 3, 32, 32]. */
  readonly x: Float32Array<ArrayBuffer>;
  /** [batch]. */
  readonly y: Int32Array<ArrayBuffer>;
  readonly classes: number;
  /** The convolutions, with a weight [outputs, inputs, 3, 3] each. */
  readonly layers: readonly (ConvLayer & { readonly weight: Float32Array<ArrayBuffer> })[];
  /** The classifier: weight [classes, 64] and bias [classes]. */
  readonly fc: {
    readonly inputs: number;
    readonly weight: Float32Array<ArrayBuffer>;
    readonly bias: Float32Array<ArrayBuffer>;
  };
}

/** Returns one batch and initial weights. Scales of normalizations are 1 and shifts 0. */
export function plainNetInputs(depth: number, batch: number): PlainNetInputs {
  const inputs = WIDTHS.at(-1) ?? 1;
  return {
    x: values(batch * CHANNELS * IMAGE_SIZE * IMAGE_SIZE, 1),
    y: labels(batch, 2, CLASSES),
    classes: CLASSES,
    layers: plainNetLayers(depth).map((layer, i) => ({
      ...layer,
      weight: values(
        layer.outputs * layer.inputs * 9,
        10 + i,
        Math.sqrt(6 / (9 * layer.inputs)),
      ),
    })),
    fc: {
      inputs,
      weight: values(CLASSES * inputs, 8, Math.sqrt(6 / inputs)),
      bias: values(CLASSES, 9, 0.1),
    },
  };
}

/** FLOPs of the convolutions and matrix products of one training step. */
export function plainNetStepFlops(depth: number, batch: number): number {
  return plainNetLayers(depth).reduce((sum, { inputs, outputs, size }, i) => {
    // forward, gradient of the weight, and, except for the first layer, of the input
    return sum + (i === 0 ? 2 : 3) * convFlops({ n: batch, inputs, outputs, size });
  }, 3 * 2 * batch * CLASSES * (WIDTHS.at(-1) ?? 1));
}

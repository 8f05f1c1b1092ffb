import type { Tensor } from "../../autograd/mod.ts";
import { checkOptions } from "../../graph/mod.ts";
import { ReLU } from "../activations.ts";
import { BatchNorm2d } from "../batch_norm.ts";
import { Conv2d } from "../conv2d.ts";
import { Linear } from "../linear.ts";
import { type ForwardContext, inference, Module } from "../module.ts";
import { MaxPool2d } from "../pooling.ts";
import { Sequential } from "../sequential.ts";
import { type ConvNetOptions, convNetRules } from "./residual_net.ts";

/**
 * VGG network, described by a string such as `64-M-128-M-256-256-M`. A number is a 3×3 convolution
 * with that many channels, batch normalization, and ReLU; `M` is max pooling, which halves the
 * image. Global average pooling and a linear layer follow. Parameters are named as in torchvision's
 * `vgg_bn`: `features.0.weight`, …, `classifier.weight`.
 */
export class VGG extends Module {
  /** Convolutional and pooling layers. */
  readonly features: Sequential;
  /** Classifier. */
  readonly classifier: Linear;

  /**
   * Parses the description.
   * @throws {RangeError} if a part of it is neither a number nor `M`
   */
  constructor(line: string, options: Omit<ConvNetOptions, "widths"> = {}) {
    super();
    checkOptions("make a VGG", options, convNetRules);
    const { classes = 10, channels = 3, initializer } = options;
    const layers: Module[] = [];
    let width = channels;
    for (const part of line.split("-")) {
      if (part === "M") {
        layers.push(new MaxPool2d(2));
        continue;
      }
      const outputs = Number(part);
      if (!/^[1-9]\d*$/.test(part)) {
        throw new RangeError(
          `Cannot make a VGG from "${line}": each part must be a number of channels or M: current part is ` +
            `"${part}"`,
        );
      }
      const convolution = { padding: 1, bias: false, initializer };
      layers.push(new Conv2d(width, outputs, 3, convolution), new BatchNorm2d(outputs), new ReLU());
      width = outputs;
    }
    this.features = new Sequential(layers);
    this.classifier = new Linear(width, classes);
  }

  /** f32 [n, channels, h, w] → f32 [n, classes]. */
  override forward(x: Tensor, context: ForwardContext = inference): Tensor {
    return this.classifier.forward(this.features.forward(x, context).mean([2, 3]));
  }
}

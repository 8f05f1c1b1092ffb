import type { Tensor } from "../../autograd/mod.ts";
import {
  callable,
  checkOptions,
  oneOf,
  optional,
  type OptionRules,
  positiveWhole,
} from "../../graph/mod.ts";
import { ReLU } from "../activations.ts";
import { BatchNorm2d } from "../batch_norm.ts";
import { Conv2d } from "../conv2d.ts";
import type { Initializer } from "../initializers.ts";
import { type ForwardContext, inference, Module } from "../module.ts";
import { Sequential } from "../sequential.ts";

/**
 * Shortcut connection around a block's convolutions [He et al. 2016, §3.3].
 * - `none`: no shortcut, for a plain network.
 * - `A`: identity; where the shape changes, subsampled and padded with zero channels.
 * - `B`: identity; where the shape changes, a 1×1 convolution.
 */
export type Shortcut = "none" | "A" | "B";

/** Options for `BasicBlock`. */
export interface BasicBlockOptions {
  /** Number of input channels. */
  readonly inChannels: number;
  /** Number of output channels of both convolutions. */
  readonly outChannels: number;
  /** Stride of the first convolution. */
  readonly stride: number;
  /** Shortcut connection. */
  readonly shortcut: Shortcut;
  /** Initializer of the convolutions. Default: `fanInUniform`. */
  readonly initializer?: Initializer | undefined;
}

const optionRules: OptionRules<BasicBlockOptions> = {
  inChannels: positiveWhole,
  outChannels: positiveWhole,
  stride: positiveWhole,
  shortcut: oneOf(["none", "A", "B"]),
  initializer: optional(callable),
};

/**
 * Basic block of a residual network: two 3×3 convolutions, each followed by batch normalization,
 * and a shortcut. ReLU is applied after the first normalization and after the sum. Submodules are
 * named as in torchvision: `conv1`, `bn1`, `conv2`, `bn2`, `downsample.0`, `downsample.1`.
 */
export class BasicBlock extends Module {
  /** First convolution. */
  readonly conv1: Conv2d;
  /** Normalization after the first convolution. */
  readonly bn1: BatchNorm2d;
  /** Second convolution. */
  readonly conv2: Conv2d;
  /** Normalization after the second convolution. */
  readonly bn2: BatchNorm2d;
  /** The 1×1 convolution of shortcut B, where the shape changes. */
  readonly downsample: Sequential | undefined;
  readonly #relu = new ReLU();
  readonly #options: BasicBlockOptions;

  /** A block from `inChannels` to `outChannels` channels. */
  constructor(options: BasicBlockOptions) {
    super();
    checkOptions("make a BasicBlock", options, optionRules);
    const { inChannels, outChannels, stride, shortcut, initializer } = options;
    const shared = { bias: false, initializer };
    this.#options = options;
    this.conv1 = new Conv2d(inChannels, outChannels, 3, { ...shared, stride, padding: 1 });
    this.bn1 = new BatchNorm2d(outChannels);
    this.conv2 = new Conv2d(outChannels, outChannels, 3, { ...shared, padding: 1 });
    this.bn2 = new BatchNorm2d(outChannels);
    if (shortcut === "B" && (stride !== 1 || inChannels !== outChannels)) {
      const projection = new Conv2d(inChannels, outChannels, 1, { ...shared, stride });
      this.downsample = new Sequential([projection, new BatchNorm2d(outChannels)]);
    }
  }

  /** [n, inChannels, h, w] → [n, outChannels, ⌈h / stride⌉, ⌈w / stride⌉]. */
  override forward(x: Tensor, context: ForwardContext = inference): Tensor {
    const hidden = this.#relu.forward(this.bn1.forward(this.conv1.forward(x), context));
    const branch = this.bn2.forward(this.conv2.forward(hidden), context);
    if (this.#options.shortcut === "none") return this.#relu.forward(branch);
    return this.#relu.forward(branch.add(this.#around(x, context)));
  }

  #around(x: Tensor, context: ForwardContext): Tensor {
    const { inChannels, outChannels, stride } = this.#options;
    if (this.downsample) return this.downsample.forward(x, context);
    if (stride === 1 && inChannels === outChannels) return x;
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const sizes = [n, c, Math.ceil(h / stride), Math.ceil(w / stride)];
    const before = Math.floor((outChannels - inChannels) / 2);
    return x.slice([0, 0, 0, 0], sizes, [1, 1, stride, stride])
      .pad([0, before, 0, 0], [0, outChannels - inChannels - before, 0, 0]);
  }
}

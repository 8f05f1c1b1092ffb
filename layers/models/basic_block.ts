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
 * How a block's input reaches its output besides the convolutions [He et al. 2016, §3.3].
 * - `none`: not at all, a plain network.
 * - `A`: as it is; where the shape changes, every second pixel with zeros for new channels.
 * - `B`: as it is; where the shape changes, through a 1×1 convolution.
 */
export type Shortcut = "none" | "A" | "B";

/** How a block is made. */
export interface BasicBlockOptions {
  /** Channels of the input. */
  readonly inputs: number;
  /** Channels of both convolutions. */
  readonly outputs: number;
  /** Stride of the first convolution. */
  readonly stride: number;
  /** The way around the convolutions. */
  readonly shortcut: Shortcut;
  /** First values of the weights; `fanInUniform` unless told. */
  readonly initializer?: Initializer;
}

const optionRules: OptionRules<BasicBlockOptions> = {
  inputs: positiveWhole,
  outputs: positiveWhole,
  stride: positiveWhole,
  shortcut: oneOf(["none", "A", "B"]),
  initializer: optional(callable),
};

/**
 * Two 3×3 convolutions, each followed by batch normalisation, with a way around them; a ReLU
 * after the first and after the sum. Names are torchvision's: `conv1`, `bn1`, `conv2`, `bn2`,
 * `downsample.0`, `downsample.1`.
 */
export class BasicBlock extends Module {
  /** First convolution. */
  readonly conv1: Conv2d;
  /** Normalisation after the first convolution. */
  readonly bn1: BatchNorm2d;
  /** Second convolution. */
  readonly conv2: Conv2d;
  /** Normalisation after the second convolution. */
  readonly bn2: BatchNorm2d;
  /** The 1×1 convolution around, where the shape changes. */
  readonly downsample: Sequential | undefined;
  readonly #relu = new ReLU();
  readonly #options: BasicBlockOptions;

  /** A block from `inputs` to `outputs` channels. */
  constructor(options: BasicBlockOptions) {
    super();
    checkOptions("make a BasicBlock", options, optionRules);
    const { inputs, outputs, stride, shortcut, initializer } = options;
    const shared = { bias: false, ...(initializer && { initializer }) };
    this.#options = options;
    this.conv1 = new Conv2d(inputs, outputs, 3, { ...shared, stride, padding: 1 });
    this.bn1 = new BatchNorm2d(outputs);
    this.conv2 = new Conv2d(outputs, outputs, 3, { ...shared, padding: 1 });
    this.bn2 = new BatchNorm2d(outputs);
    if (shortcut === "B" && (stride !== 1 || inputs !== outputs)) {
      const projection = new Conv2d(inputs, outputs, 1, { ...shared, stride });
      this.downsample = new Sequential([projection, new BatchNorm2d(outputs)]);
    }
  }

  /** [n, inputs, h, w] → [n, outputs, ⌈h / stride⌉, ⌈w / stride⌉]. */
  override forward(x: Tensor, context: ForwardContext = inference): Tensor {
    const hidden = this.#relu.forward(this.bn1.forward(this.conv1.forward(x), context));
    const branch = this.bn2.forward(this.conv2.forward(hidden), context);
    if (this.#options.shortcut === "none") return this.#relu.forward(branch);
    return this.#relu.forward(branch.add(this.#around(x, context)));
  }

  #around(x: Tensor, context: ForwardContext): Tensor {
    const { inputs, outputs, stride } = this.#options;
    if (this.downsample) return this.downsample.forward(x, context);
    if (stride === 1 && inputs === outputs) return x;
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const sizes = [n, c, Math.ceil(h / stride), Math.ceil(w / stride)];
    const before = Math.floor((outputs - inputs) / 2);
    return x.slice([0, 0, 0, 0], sizes, [1, 1, stride, stride])
      .pad([0, before, 0, 0], [0, outputs - inputs - before, 0, 0]);
  }
}

import type { Tensor } from "../../autograd/mod.ts";
import { BatchNorm2d } from "../batch_norm.ts";
import { Conv2d } from "../conv2d.ts";
import {
  callable,
  checkOption,
  checkOptions,
  oneOf,
  optional,
  type OptionRules,
  positiveWhole,
  someOf,
} from "../../graph/mod.ts";
import type { Initializer } from "../initializers.ts";
import { Linear } from "../linear.ts";
import { type ForwardContext, inference, Module } from "../module.ts";
import { Sequential } from "../sequential.ts";
import { BasicBlock, type BasicBlockOptions, type Shortcut } from "./basic_block.ts";

/** Options for convolutional networks. */
export interface ConvNetOptions {
  /** Number of classes. Default: 10. */
  readonly classes?: number;
  /** Number of channels of the images. Default: 3. */
  readonly channels?: number;
  /** Number of channels of each stage. Default: that of the paper for the given depth. */
  readonly widths?: readonly number[] | undefined;
  /** Initializer of the convolutions. Default: `fanInUniform`. */
  readonly initializer?: Initializer | undefined;
}

/** Rules for the options shared by all convolutional networks. */
export const convNetRules: OptionRules<Omit<ConvNetOptions, "widths">> = {
  classes: optional(positiveWhole),
  channels: optional(positiveWhole),
  initializer: optional(callable),
};

const residualNetRules: OptionRules<ConvNetOptions> = {
  ...convNetRules,
  widths: optional(someOf(positiveWhole)),
};

/** Number of blocks and of channels of each stage. */
interface Layout {
  readonly blocks: readonly number[];
  readonly widths: readonly number[];
}

const wide: Readonly<Record<number, readonly number[]>> = { 18: [2, 2, 2, 2], 34: [3, 4, 6, 3] };

/**
 * Returns the layout for a depth. 18 and 34 are ImageNet's networks (64 to 512 channels), but with
 * a 3×3 stem. 6n + 2 are the CIFAR networks: three stages of n blocks with 16, 32, and 64 channels
 * [He et al. 2016, §4.2].
 */
function layoutOf(depth: number, widths: readonly number[] | undefined): Layout {
  checkOption("make a network", { depth }, positiveWhole);
  const blocks = wide[depth];
  if (blocks) return checked({ blocks, widths: widths ?? [64, 128, 256, 512] }, depth);
  const n = (depth - 2) / 6;
  if (!Number.isInteger(n) || n < 1) {
    throw new RangeError(
      `Cannot make a network of depth ${depth}: depth must be 18, 34, or 6n + 2 (8, 14, 20, 32, …)`,
    );
  }
  return checked({ blocks: [n, n, n], widths: widths ?? [16, 32, 64] }, depth);
}

function checked(layout: Layout, depth: number): Layout {
  if (layout.widths.length !== layout.blocks.length) {
    throw new RangeError(
      `Cannot make a network of depth ${depth}: it needs ${layout.blocks.length} widths, one ` +
        `per stage: current widths are ${layout.widths.join(", ")}`,
    );
  }
  return layout;
}

/**
 * Base class of residual and plain networks: a 3×3 stem, stages of basic blocks (each stage except
 * the first begins with stride 2), global average pooling, and a linear layer. Submodules are named
 * as in torchvision: `conv1`, `bn1`, `layer1.0.conv1`, …, `fc`.
 */
export abstract class ResidualNet extends Module {
  /** Stem. */
  readonly conv1: Conv2d;
  /** Normalization after the stem. */
  readonly bn1: BatchNorm2d;
  /** First stage. */
  readonly layer1: Sequential;
  /** Second stage. */
  readonly layer2: Sequential;
  /** Third stage. */
  readonly layer3: Sequential;
  /** Fourth stage, for depths 18 and 34. */
  readonly layer4: Sequential | undefined;
  /** Classifier. */
  readonly fc: Linear;

  /** Number of layers with weights, not counting shortcuts. */
  readonly depth: number;

  /** `depth`: 18, 34, or 6n + 2. */
  constructor(
    depth: number,
    shortcut: Shortcut,
    options: ConvNetOptions,
  ) {
    super();
    checkOptions("make a network", options, residualNetRules);
    const { classes = 10, channels = 3, widths, initializer } = options;
    this.depth = depth;
    const layout = layoutOf(depth, widths);
    const stem = layout.widths[0]!;
    this.conv1 = new Conv2d(channels, stem, 3, { padding: 1, bias: false, initializer });
    this.bn1 = new BatchNorm2d(stem);
    const stages = layout.blocks.map((count, stage) =>
      stageOf(layout.widths, stage, count, { shortcut, initializer })
    );
    this.layer1 = stages[0]!;
    this.layer2 = stages[1]!;
    this.layer3 = stages[2]!;
    if (stages[3]) this.layer4 = stages[3];
    this.fc = new Linear(layout.widths.at(-1)!, classes);
  }

  /** f32 [n, channels, h, w] → f32 [n, classes]. */
  override forward(x: Tensor, context: ForwardContext = inference): Tensor {
    const stem = this.bn1.forward(this.conv1.forward(x), context).relu();
    const stages = [this.layer1, this.layer2, this.layer3, this.layer4];
    const features = stages.reduce<Tensor>(
      (value, stage) => stage ? stage.forward(value, context) : value,
      stem,
    );
    return this.fc.forward(features.mean([2, 3]));
  }
}

function stageOf(
  widths: readonly number[],
  stage: number,
  count: number,
  shared: Pick<BasicBlockOptions, "shortcut" | "initializer">,
): Sequential {
  const outChannels = widths[stage]!;
  const blocks = Array.from({ length: count }, (_, i) => {
    const first = i === 0 && stage > 0;
    const inChannels = first ? widths[stage - 1]! : outChannels;
    return new BasicBlock({ ...shared, inChannels, outChannels, stride: first ? 2 : 1 });
  });
  return new Sequential(blocks);
}

/**
 * Residual network of depth 18 or 34, or of depth 6n + 2 for CIFAR (20, 32, 44, 56, 110)
 * [He et al. 2016].
 */
export class ResNet extends ResidualNet {
  /** Default shortcut: A for depth 6n + 2, and B for depths 18 and 34. */
  constructor(
    depth: number,
    options: ConvNetOptions & { readonly shortcut?: "A" | "B" | undefined } = {},
  ) {
    const { shortcut = depth in wide ? "B" : "A", ...others } = options;
    checkOption("make a ResNet", { shortcut }, oneOf(["A", "B"]));
    super(depth, shortcut, others);
  }
}

/** The same network as `ResNet`, without shortcuts. */
export class PlainNet extends ResidualNet {
  /** `depth`: 18, 34, or 6n + 2. */
  constructor(depth: number, options: ConvNetOptions = {}) {
    super(depth, "none", options);
  }
}

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
import { BasicBlock, type Shortcut } from "./basic_block.ts";

/** What all networks of this kind are told. */
export interface ConvNetOptions {
  /** Number of classes; 10 unless told. */
  readonly classes?: number;
  /** Channels of the images; 3 unless told. */
  readonly channels?: number;
  /** Channels of the stages; those of the family unless told. */
  readonly widths?: readonly number[];
  /** First values of the weights; `fanInUniform` unless told. */
  readonly initializer?: Initializer;
}

/** What the options that all families have must be. */
export const convNetRules: OptionRules<Omit<ConvNetOptions, "widths">> = {
  classes: optional(positiveWhole),
  channels: optional(positiveWhole),
  initializer: optional(callable),
};

const residualNetRules: OptionRules<ConvNetOptions> = {
  ...convNetRules,
  widths: optional(someOf(positiveWhole)),
};

/** Blocks of each stage and their channels. */
interface Layout {
  readonly blocks: readonly number[];
  readonly widths: readonly number[];
}

const wide: Readonly<Record<number, readonly number[]>> = { 18: [2, 2, 2, 2], 34: [3, 4, 6, 3] };

/**
 * The layout of a depth: 18 and 34 are the wide family (64 to 512 channels, as for
 * ImageNet but with a 3×3 stem), 6n + 2 is the CIFAR family of three stages of n blocks
 * (16, 32 and 64 channels) [He et al. 2016, §4.2].
 */
function layoutOf(depth: number, widths: readonly number[] | undefined): Layout {
  checkOption("make a network", { depth }, positiveWhole);
  const blocks = wide[depth];
  if (blocks) return checked({ blocks, widths: widths ?? [64, 128, 256, 512] }, depth);
  const n = (depth - 2) / 6;
  if (!Number.isInteger(n) || n < 1) {
    throw new RangeError(
      `Cannot make a network of depth ${depth}: it must be 18, 34 or 6n + 2 (8, 14, 20, 32, …)`,
    );
  }
  return checked({ blocks: [n, n, n], widths: widths ?? [16, 32, 64] }, depth);
}

function checked(layout: Layout, depth: number): Layout {
  if (layout.widths.length !== layout.blocks.length) {
    throw new RangeError(
      `Cannot make a network of depth ${depth}: it has ${layout.blocks.length} stages, each with ` +
        `its width: current widths are ${layout.widths.join(", ")}`,
    );
  }
  return layout;
}

/**
 * A 3×3 stem, stages of basic blocks (each stage but the first begins with stride 2), global
 * average pooling and a linear layer. Names are torchvision's: `conv1`, `bn1`, `layer1.0.conv1`,
 * …, `fc`.
 */
export abstract class ResidualNet extends Module {
  /** The stem. */
  readonly conv1: Conv2d;
  /** Normalisation after the stem. */
  readonly bn1: BatchNorm2d;
  /** First stage. */
  readonly layer1: Sequential;
  /** Second stage. */
  readonly layer2: Sequential;
  /** Third stage. */
  readonly layer3: Sequential;
  /** Fourth stage, of the wide family. */
  readonly layer4: Sequential | undefined;
  /** The classifier. */
  readonly fc: Linear;

  /** Number of layers with weights, the shortcuts aside. */
  readonly depth: number;

  /** `depth` tells the layout. */
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
    const shared = initializer && { initializer };
    const stem = layout.widths[0]!;
    this.conv1 = new Conv2d(channels, stem, 3, { padding: 1, bias: false, ...shared });
    this.bn1 = new BatchNorm2d(stem);
    const stages = layout.blocks.map((count, stage) =>
      stageOf(layout.widths, stage, count, { shortcut, ...shared })
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
  shared: { shortcut: Shortcut; initializer?: Initializer },
): Sequential {
  const outputs = widths[stage]!;
  const blocks = Array.from({ length: count }, (_, i) => {
    const first = i === 0 && stage > 0;
    const inputs = first ? widths[stage - 1]! : outputs;
    return new BasicBlock({ ...shared, inputs, outputs, stride: first ? 2 : 1 });
  });
  return new Sequential(blocks);
}

/**
 * A residual network of depth 18, 34 (wide family) or 6n + 2 (CIFAR family: 20, 32, 44, 56,
 * 110) [He et al. 2016].
 */
export class ResNet extends ResidualNet {
  /** `shortcut` is A for the CIFAR family and B for the wide one unless told. */
  constructor(depth: number, options: ConvNetOptions & { readonly shortcut?: "A" | "B" } = {}) {
    const { shortcut = depth in wide ? "B" : "A", ...others } = options;
    checkOption("make a ResNet", { shortcut }, oneOf(["A", "B"]));
    super(depth, shortcut, others);
  }
}

/** The same network without the ways around the convolutions. */
export class PlainNet extends ResidualNet {
  /** Of depth 18, 34 or 6n + 2. */
  constructor(depth: number, options: ConvNetOptions = {}) {
    super(depth, "none", options);
  }
}

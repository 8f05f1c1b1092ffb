import { avgPool2d, maxPool2d, type Tensor } from "../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  formatType,
  nonNegativeWhole,
  optional,
  type OptionRules,
  type PoolOptions,
  positiveWhole,
  ShapeError,
} from "../graph/mod.ts";
import { adaptiveAvgPool2d } from "./_adaptive_pool.ts";
import { Module } from "./module.ts";
import { mustBeTensor } from "./_input.ts";

/** Options for `MaxPool1d` and `AvgPool1d`. */
export interface Pool1dOptions {
  /** Distance between adjacent windows. Default: the window's size. */
  readonly stride?: number;
  /** Padding on each side, at most half the window. Default: 0. */
  readonly padding?: number;
}

const poolRules: OptionRules<Pool1dOptions> = {
  stride: optional(positiveWhole),
  padding: optional(nonNegativeWhole),
};

/** Sequences as images of one row. */
function asRow(x: Tensor, label: string): Tensor {
  if (x.rank === 3) return x.unsqueeze(2);
  throw new ShapeError(
    `Cannot apply "${label}" to ${formatType(x.node.type)}: it must be [n, c, length]`,
  );
}

/** Base class of pooling over windows of sequences: [n, c, length] → [n, c, outLength]. */
export abstract class Pool1d extends Module {
  /** Length of a window. */
  readonly size: number;
  /** Distance between adjacent windows. */
  readonly stride: number;
  /** Padding on each side. */
  readonly padding: number;

  /** `size`: length of a window. A number in place of options is the stride. */
  constructor(size: number, options: Pool1dOptions | number = {}) {
    super();
    const action = `make a ${new.target.name} layer`;
    const given = typeof options === "number" ? { stride: options } : options;
    checkOption(action, { size }, positiveWhole);
    checkOptions(action, given, poolRules);
    const { stride = size, padding = 0 } = given;
    this.size = size;
    this.stride = stride;
    this.padding = padding;
  }

  /** Pools images of one row. */
  protected abstract pool(x: Tensor, options: PoolOptions): Tensor;

  /** Pools each window. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    const { size, stride, padding } = this;
    const options: PoolOptions = { size: [1, size], stride: [1, stride], padding: [0, padding] };
    return this.pool(asRow(x, this.label), options).squeeze(2);
  }
}

/** Max pooling of sequences, as PyTorch's `MaxPool1d`: [n, c, length] → [n, c, outLength]. */
export class MaxPool1d extends Pool1d {
  /** Largest element of each window. */
  protected override pool(x: Tensor, options: PoolOptions): Tensor {
    return maxPool2d(x, options);
  }
}

/** Average pooling of sequences, as PyTorch's `AvgPool1d`: [n, c, length] → [n, c, outLength]. */
export class AvgPool1d extends Pool1d {
  /** Mean of each window; padding counts as zeros. */
  protected override pool(x: Tensor, options: PoolOptions): Tensor {
    return avgPool2d(x, options);
  }
}

/** Average pooling to a fixed length for sequences of any length, as PyTorch's `AdaptiveAvgPool1d`. */
export class AdaptiveAvgPool1d extends Module {
  /** Length of the output. */
  readonly output: number;

  /** `output`: length of the output. */
  constructor(output: number) {
    super();
    checkOption("make an AdaptiveAvgPool1d layer", { output }, positiveWhole);
    this.output = output;
  }

  /** [n, c, length] → [n, c, output]. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    return adaptiveAvgPool2d(asRow(x, this.label), [1, this.output]).squeeze(2);
  }
}

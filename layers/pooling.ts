import { Tensor } from "../autograd/mod.ts";
import {
  avgPool2d,
  checkOption,
  checkOptions,
  maxPool2d,
  numberOrPair,
  owned,
  pairOf,
  type PoolOptions,
  poolRules,
  positiveWhole,
} from "../graph/mod.ts";
import { adaptiveAvgPool2d } from "./_adaptive_pool.ts";
import { Module } from "./module.ts";
import { mustBeTensor } from "./_input.ts";

/** Further options of a pooling layer, or only its stride. */
export type PoolLayerOptions = Omit<PoolOptions, "size"> | number;

function poolOptions(
  action: string,
  size: PoolOptions["size"],
  given: PoolLayerOptions,
): PoolOptions {
  const options = typeof given === "number" ? { stride: given } : given;
  if (typeof given === "number") {
    checkOption(action, { "options, if it is a number,": given }, positiveWhole);
  }
  const { size: sizeRule, ...others } = poolRules;
  checkOption(action, { size }, sizeRule);
  checkOptions(action, options, others);
  return owned({ ...options, size });
}

/** Max pooling: [n, c, h, w] → [n, c, outH, outW]. */
export class MaxPool2d extends Module {
  readonly #options: PoolOptions;

  /**
   * `size`: height and width of the windows. Default stride: `size`. A number in place of options is
   * the stride.
   */
  constructor(size: PoolOptions["size"], options: PoolLayerOptions = {}) {
    super();
    this.#options = poolOptions("make a MaxPool2d layer", size, options);
  }

  /** Largest element of each window. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    return new Tensor(maxPool2d(x.node, this.#options));
  }
}

/** Average pooling: [n, c, h, w] → [n, c, outH, outW]. */
export class AvgPool2d extends Module {
  readonly #options: PoolOptions;

  /**
   * `size`: height and width of the windows. Default stride: `size`. A number in place of options is
   * the stride.
   */
  constructor(size: PoolOptions["size"], options: PoolLayerOptions = {}) {
    super();
    this.#options = poolOptions("make an AvgPool2d layer", size, options);
  }

  /** Mean of each window. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    return new Tensor(avgPool2d(x.node, this.#options));
  }
}

/** Global average pooling: [n, c, h, w] → [n, c]. */
export class GlobalAvgPool2d extends Module {
  /** Mean of each channel. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    return x.mean([2, 3]);
  }
}

/** Average pooling to a fixed output size for any image size, as PyTorch's `AdaptiveAvgPool2d`. */
export class AdaptiveAvgPool2d extends Module {
  /** Height and width of the output. */
  readonly output: readonly [number, number];

  /** `output`: height and width of the output. */
  constructor(output: number | readonly [number, number]) {
    super();
    checkOption("make an AdaptiveAvgPool2d layer", { output }, numberOrPair(positiveWhole));
    this.output = owned(pairOf(output));
  }

  /** [n, c, h, w] → [n, c, …output]. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    return adaptiveAvgPool2d(x, this.output);
  }
}

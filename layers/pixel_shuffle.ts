import type { Tensor } from "../autograd/mod.ts";
import { checkOption, formatType, positiveWhole, ShapeError } from "../graph/mod.ts";
import { Module } from "./module.ts";
import { mustBeTensor } from "./_input.ts";

/**
 * Makes pixels of channels, as PyTorch's `PixelShuffle`: [n, c · r², h, w] → [n, c, h · r, w · r].
 *
 *     out[n, c, h·r + i, w·r + j] = x[n, (c·r + i)·r + j, h, w]
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openBackend, PixelShuffle, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const y = new PixelShuffle(2).forward(tensor([[[[1]], [[2]], [[3]], [[4]]]]));
 * assertEquals([y.shape, [...await y.data({ backend })]], [[1, 1, 2, 2], [1, 2, 3, 4]]);
 * ```
 */
export class PixelShuffle extends Module {
  /** Factor by which height and width grow. */
  readonly upscaleFactor: number;

  /** `upscaleFactor`: factor by which height and width grow. */
  constructor(upscaleFactor: number) {
    super();
    checkOption("make a PixelShuffle layer", { upscaleFactor }, positiveWhole);
    this.upscaleFactor = upscaleFactor;
  }

  /** Makes pixels of channels. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    const r = this.upscaleFactor;
    const [n, c, h, w] = x.shape as [number, number, number, number];
    if (x.rank !== 4 || c % (r * r) !== 0) {
      throw new ShapeError(
        `Cannot apply "${this.label}" to ${
          formatType(x.node.type)
        }: it must be [n, c, h, w] with a ` +
          `multiple of ${r * r} channels`,
      );
    }
    const channels = c / (r * r);
    return x.reshape([n, channels, r, r, h, w]).permute([0, 1, 4, 2, 5, 3])
      .reshape([n, channels, h * r, w * r]);
  }
}

/**
 * Makes channels of pixels, as PyTorch's `PixelUnshuffle`: the inverse of `PixelShuffle`,
 * [n, c, h · r, w · r] → [n, c · r², h, w].
 */
export class PixelUnshuffle extends Module {
  /** Factor by which height and width shrink. */
  readonly downscaleFactor: number;

  /** `downscaleFactor`: factor by which height and width shrink. */
  constructor(downscaleFactor: number) {
    super();
    checkOption("make a PixelUnshuffle layer", { downscaleFactor }, positiveWhole);
    this.downscaleFactor = downscaleFactor;
  }

  /** Makes channels of pixels. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    const r = this.downscaleFactor;
    const [n, c, h, w] = x.shape as [number, number, number, number];
    if (x.rank !== 4 || h % r !== 0 || w % r !== 0) {
      throw new ShapeError(
        `Cannot apply "${this.label}" to ${
          formatType(x.node.type)
        }: it must be [n, c, h, w] with ` +
          `height and width that are multiples of ${r}`,
      );
    }
    return x.reshape([n, c, h / r, r, w / r, r]).permute([0, 1, 3, 5, 2, 4])
      .reshape([n, c * r * r, h / r, w / r]);
  }
}

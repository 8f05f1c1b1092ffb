import type { Tensor } from "../autograd/mod.ts";
import { checkOption, formatType, positiveWhole, ShapeError } from "../graph/mod.ts";
import { Module } from "./module.ts";

/** Nearest-neighbor upsampling: repeats each pixel `scale` times in both directions. */
export class Upsample extends Module {
  /** Scale factor of height and width. */
  readonly scale: number;

  /** `scale`: factor by which height and width grow, a positive integer. */
  constructor(scale: number) {
    super();
    checkOption("make an Upsample layer", { scale }, positiveWhole);
    this.scale = scale;
  }

  /** [n, c, h, w] → [n, c, h · scale, w · scale]. */
  override forward(x: Tensor): Tensor {
    if (x.rank !== 4) {
      throw new ShapeError(`Cannot upsample ${formatType(x.node.type)}: it must be [n, c, h, w]`);
    }
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const spread = x.reshape([n, c, h, 1, w, 1])
      .broadcastTo([n, c, h, this.scale, w, this.scale]);
    return spread.reshape([n, c, h * this.scale, w * this.scale]);
  }
}

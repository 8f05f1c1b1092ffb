import type { Tensor } from "../autograd/mod.ts";
import { Module } from "./module.ts";
import { mustBeTensor } from "./_input.ts";

/** Flattens all axes except the first: [n, c, h, w] → [n, c·h·w]. */
export class Flatten extends Module {
  /** [n, …] → [n, rest]. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    return x.rank === 2 ? x : x.flatten(1);
  }
}

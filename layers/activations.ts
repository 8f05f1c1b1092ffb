import type { Tensor } from "../autograd/mod.ts";
import { checkOption, finiteNumber } from "../graph/mod.ts";
import { Module } from "./module.ts";
import { mustBeTensor } from "./_input.ts";

/** max(x, 0), elementwise. */
export class ReLU extends Module {
  /** max(x, 0). */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    return x.relu();
  }
}

/** x where x > 0, slope · x elsewhere. */
export class LeakyReLU extends Module {
  /** Factor for negative elements. */
  readonly slope: number;

  /** `slope` is PyTorch's `negative_slope`. */
  constructor(slope = 0.01) {
    super();
    checkOption("make a LeakyReLU layer", { slope }, finiteNumber);
    this.slope = slope;
  }

  /** x where x > 0, slope · x elsewhere. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    return x.leakyRelu(this.slope);
  }
}

/** Hyperbolic tangent, elementwise. */
export class Tanh extends Module {
  /** tanh x. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    return x.tanh();
  }
}

/** 1 / (1 + e^(−x)), elementwise. */
export class Sigmoid extends Module {
  /** 1 / (1 + e^(−x)). */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    return x.sigmoid();
  }
}

/** x · Φ(x), elementwise, with the exact normal distribution function Φ. */
export class GELU extends Module {
  /** x · Φ(x). */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    return x.gelu();
  }
}

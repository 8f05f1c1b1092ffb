import { full, type Tensor, where } from "../autograd/mod.ts";
import { checkOption, finiteNumber } from "../graph/mod.ts";
import { Module } from "./module.ts";

/** max(x, 0), elementwise. */
export class ReLU extends Module {
  /** max(x, 0). */
  override forward(x: Tensor): Tensor {
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
    return x.leakyRelu(this.slope);
  }
}

/** Hyperbolic tangent, elementwise. */
export class Tanh extends Module {
  /** tanh x. */
  override forward(x: Tensor): Tensor {
    return x.tanh();
  }
}

/** 1 / (1 + e^(−x)), elementwise. */
export class Sigmoid extends Module {
  /** 1 / (1 + e^(−x)). */
  override forward(x: Tensor): Tensor {
    return x.sigmoid();
  }
}

/** x · Φ(x), elementwise, with the exact normal distribution function Φ. */
export class GELU extends Module {
  /** x · Φ(x). */
  override forward(x: Tensor): Tensor {
    return x.gelu();
  }
}

/**
 * log(1 + eˣ), elementwise, finite for all finite x. The derivative is the sigmoid, also at 0.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { openBackend, softplus, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const y = await softplus(tensor([0, 1000])).data({ backend });
 * assertAlmostEquals(y[0]!, Math.LN2, 1e-6);
 * assertAlmostEquals(y[1]!, 1000);
 * ```
 */
export function softplus(x: Tensor): Tensor {
  const isPositive = x.greater(0);
  // Selected by the same condition, so that both derivatives at 0 are those from the left.
  const distance = where(isPositive, x.neg(), x);
  return where(isPositive, x, full(0, [])).add(distance.exp().add(1).log());
}

import { type Tensor, where } from "../autograd/mod.ts";
import { checkOption, finiteNumber, positiveNumber, wholeIn } from "../graph/mod.ts";
import { Module } from "./module.ts";
import { mustBeTensor } from "./_input.ts";

/**
 * x · sigmoid(x), elementwise, also called swish.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { openBackend, silu, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * assertAlmostEquals(await silu(tensor(1)).item({ backend }), 0.7310586, 1e-6);
 * ```
 */
export function silu(x: Tensor): Tensor {
  mustBeTensor(x, "silu");
  return x.mul(x.sigmoid().named("silu")).named("silu"); // names for the reasons that G-SGD gives
}

/**
 * x where x > 0, alpha · (eˣ − 1) elsewhere [Clevert et al. 2016].
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { elu, openBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const y = await elu(tensor([2, -1])).data({ backend });
 * assertAlmostEquals(y[0]!, 2);
 * assertAlmostEquals(y[1]!, Math.exp(-1) - 1, 1e-6);
 * ```
 */
export function elu(x: Tensor, alpha = 1): Tensor {
  mustBeTensor(x, "elu");
  checkOption("apply elu", { alpha }, finiteNumber);
  return exponentialBelow(x, alpha, "elu");
}

/** The exponential gets no positive x, so that what is not selected is finite, with its gradient. */
function exponentialBelow(x: Tensor, alpha: number, label: string): Tensor {
  const isPositive = x.greater(0);
  const power = where(isPositive, 0, x).expm1().named(label);
  return where(isPositive, x, power.mul(alpha));
}

/** The constants that keep mean 0 and variance 1 [Klambauer et al. 2017, Eq. 14]. */
export const seluConstants: { readonly alpha: number; readonly scale: number } = {
  alpha: 1.6732632423543772,
  scale: 1.0507009873554805,
};

/**
 * scale · elu(x, alpha) with scale 1.0507… and alpha 1.6733…, which keep mean 0 and variance 1
 * [Klambauer et al. 2017].
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { openBackend, selu, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * assertAlmostEquals(await selu(tensor(2)).item({ backend }), 2.101402, 1e-6);
 * ```
 */
export function selu(x: Tensor): Tensor {
  mustBeTensor(x, "selu");
  return exponentialBelow(x, seluConstants.alpha, "selu").mul(seluConstants.scale);
}

/**
 * log(1 + e^(beta · x)) / beta, elementwise, finite for all finite x. The derivative is
 * sigmoid(beta · x), also at 0. PyTorch's `threshold` is not needed.
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
export function softplus(x: Tensor, beta = 1): Tensor {
  mustBeTensor(x, "softplus");
  checkOption("apply softplus", { beta }, positiveNumber);
  const scaled = beta === 1 ? x : x.mul(beta);
  const isPositive = scaled.greater(0);
  // Selected by the same condition, so that both derivatives at 0 are those from the left.
  const distance = where(isPositive, scaled.neg(), scaled).exp().named("softplus");
  const result = where(isPositive, scaled, 0).add(distance.log1p());
  return beta === 1 ? result : result.div(beta);
}

/**
 * x · min(max(x + 3, 0), 6) / 6, elementwise [Howard et al. 2019].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { hardswish, openBackend, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const y = await hardswish(tensor([-4, 1.5, 4])).data({ backend });
 * assertEquals([...y], [0, 1.125, 4]);
 * ```
 */
export function hardswish(x: Tensor): Tensor {
  mustBeTensor(x, "hardswish");
  return x.mul(x.add(3).named("hardswish").clamp(0, 6)).named("hardswish").div(6);
}

/** x · sigmoid(x), elementwise. */
export class SiLU extends Module {
  /** x · sigmoid(x). */
  override forward(x: Tensor): Tensor {
    return silu(x);
  }
}

/** x where x > 0, alpha · (eˣ − 1) elsewhere. */
export class ELU extends Module {
  /** Minus the limit for large negative elements. */
  readonly alpha: number;

  /** `alpha`: minus the limit for large negative elements. */
  constructor(alpha = 1) {
    super();
    checkOption("make an ELU layer", { alpha }, finiteNumber);
    this.alpha = alpha;
  }

  /** x where x > 0, alpha · (eˣ − 1) elsewhere. */
  override forward(x: Tensor): Tensor {
    return elu(x, this.alpha);
  }
}

/** ELU with the constants that keep mean 0 and variance 1. */
export class SELU extends Module {
  /** scale · elu(x, alpha). */
  override forward(x: Tensor): Tensor {
    return selu(x);
  }
}

/** log(1 + e^(beta · x)) / beta, elementwise. */
export class Softplus extends Module {
  /** How sharply it bends at 0. */
  readonly beta: number;

  /** `beta`: how sharply it bends at 0, above 0. */
  constructor(beta = 1) {
    super();
    checkOption("make a Softplus layer", { beta }, positiveNumber);
    this.beta = beta;
  }

  /** log(1 + e^(beta · x)) / beta. */
  override forward(x: Tensor): Tensor {
    return softplus(x, this.beta);
  }
}

/** x · min(max(x + 3, 0), 6) / 6, elementwise. */
export class Hardswish extends Module {
  /** x · min(max(x + 3, 0), 6) / 6. */
  override forward(x: Tensor): Tensor {
    return hardswish(x);
  }
}

/** eˣ / Σ eˣ along an axis. The loss `crossEntropy` takes logits: it needs no such layer. */
export class Softmax extends Module {
  /** The axis whose elements sum to 1. */
  readonly axis: number;

  /** `axis`: PyTorch's `dim`; negative ones count from the end. Default: −1. */
  constructor(axis = -1) {
    super();
    checkOption("make a Softmax layer", { axis }, wholeNumber);
    this.axis = axis;
  }

  /** eˣ / Σ eˣ. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    return x.softmax(this.axis).named(this.label);
  }
}

const wholeNumber = wholeIn(-(2 ** 31), 2 ** 31 - 1);

import type { Node } from "../node.ts";
import { s, type Scalar } from "../scalar/mod.ts";
import { type BinaryOp, binaryOp, type UnaryOp, unaryOp } from "./_map_op.ts";
import { add, div, fullLike, mul, neg, sub } from "./arithmetic.ts";
import { exp, sqrt, square } from "./functions.ts";

/** The nearest integer; halves go to the even one, as in NumPy and PyTorch. */
export const round: UnaryOp = unaryOp("round", {
  expr: ([x]) => s.round(x!),
  vjp: (g) => [fullLike(g, 0)],
});

/** 1 / √x. */
export const rsqrt: UnaryOp = unaryOp("rsqrt", {
  expr: ([x]) => s.div(s.const(1), s.sqrt(x!)),
  vjp: (g, { inputs: [x], output }) => [mul(mul(g, fullLike(g, -0.5)), div(output, x!))],
});

/** log(1 + x), accurate near x = 0. */
export const log1p: UnaryOp = unaryOp("log1p", {
  expr: ([x]) => s.log1p(x!),
  vjp: (g, { inputs: [x] }) => [div(g, add(x!, fullLike(x!, 1)))],
});

/** eˣ − 1, accurate near x = 0. */
export const expm1: UnaryOp = unaryOp("expm1", {
  expr: ([x]) => s.expm1(x!),
  vjp: (g, { inputs: [x] }) => [mul(g, exp(x!))],
});

/** tan x, x in radians. */
export const tan: UnaryOp = unaryOp("tan", {
  expr: ([x]) => s.div(s.sin(x!), s.cos(x!)),
  vjp: (g, { output }) => [mul(g, add(square(output), fullLike(g, 1)))],
});

/** √(1 − x²), accurate near x = ±1. */
function cosineOfSine(x: Scalar): Scalar {
  return s.sqrt(s.mul(s.sub(s.const(1), x), s.add(s.const(1), x)));
}

/** g / √(1 − x²). */
function overCosine(g: Node, x: Node): Node {
  const one = fullLike(x, 1);
  return div(g, sqrt(mul(sub(one, x), add(one, x))));
}

/** The angle in [−π/2, π/2] whose sine is x; NaN where |x| > 1. */
export const asin: UnaryOp = unaryOp("asin", {
  expr: ([x]) => s.atan2(x!, cosineOfSine(x!)),
  vjp: (g, { inputs: [x] }) => [overCosine(g, x!)],
});

/** The angle in [0, π] whose cosine is x; NaN where |x| > 1. */
export const acos: UnaryOp = unaryOp("acos", {
  expr: ([x]) => s.atan2(cosineOfSine(x!), x!),
  vjp: (g, { inputs: [x] }) => [neg(overCosine(g, x!))],
});

/** The angle in [−π/2, π/2] whose tangent is x. */
export const atan: UnaryOp = unaryOp("atan", {
  expr: ([x]) => s.atan2(x!, s.const(1)),
  vjp: (g, { inputs: [x] }) => [div(g, add(square(x!), fullLike(x!, 1)))],
});

/**
 * The angle in [−π, π] of the point with ordinate y and abscissa x, by the signs of both, also those
 * of zeros and infinities.
 */
export const atan2: BinaryOp = binaryOp("atan2", {
  expr: ([y, x]) => s.atan2(y!, x!),
  vjp: (g, { inputs: [y, x] }) => {
    const scale = div(g, add(square(x!), square(y!)));
    return [mul(scale, x!), neg(mul(scale, y!))];
  },
});

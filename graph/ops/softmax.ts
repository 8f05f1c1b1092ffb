import { computes } from "../element.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { s } from "../scalar/mod.ts";
import { checkAxis } from "./_axes.ts";
import { withAttrs } from "./_vmap.ts";
import { equal, fullLike, mul, select, sub } from "./arithmetic.ts";
import { broadcastBack, reduceSum } from "./broadcast.ts";
import { exp, isFinite } from "./functions.ts";
import { stopGradient } from "./markers.ts";
import { reduceMax } from "./reduce.ts";

/** Attributes of `softmax`. */
export interface SoftmaxAttrs {
  /** The axis along which the results sum to 1. */
  readonly axis: number;
}

/**
 * Powers of x divided by their sums, of [powers, sums, x]. The derivative is that with respect to x
 * and needs only the result: no gradient goes through the powers.
 */
const softmaxOp: Op<SoftmaxAttrs> = {
  name: "softmax",
  lowering: computes(({ coords, read }) => s.div(read(0, coords), read(1, coords))),
  infer: ([powers]) => powers!,
  vjp: (g, { output, attrs: { axis } }) => {
    const along = reduceSum(mul(g, output), [axis]);
    return [null, null, mul(output, sub(g, broadcastBack(along, [axis], output.type.shape)))];
  },
  vmap: withAttrs(({ axis }) => ({ axis: axis + 1 })),
};

/** eˣ / Σ eˣ along `axis`. */
export const softmax: ((x: Node, axis: number) => Node) & Builder<SoftmaxAttrs> = defineBuilder(
  softmaxOp,
  (x: Node, axis: number) => {
    checkAxis("softmax", x, axis);
    const largest = stopGradient(reduceMax(x, [axis]));
    const powers = powersOf(x, largest, axis);
    return softmaxNode({ powers, divisor: reduceSum(powers, [axis]) }, x, axis);
  },
);

/** eˣ / Σ eˣ along `axis`, and 0 where all elements along it are −∞: the weights of attention. */
export function maskedSoftmax(x: Node, axis: number): Node {
  checkAxis("softmax", x, axis);
  const largest = stopGradient(reduceMax(x, [axis]));
  const shift = select(isFinite(largest), largest, fullLike(largest, 0));
  const powers = powersOf(x, shift, axis);
  const sum = reduceSum(powers, [axis]);
  const divisor = select(equal(sum, fullLike(sum, 0)), fullLike(sum, 1), sum);
  return softmaxNode({ powers, divisor }, x, axis);
}

function powersOf(x: Node, shift: Node, axis: number): Node {
  return exp(sub(x, spread(shift, x, axis)));
}

function spread(reduced: Node, { type: { shape } }: Node, axis: number): Node {
  return broadcastBack(reduced, [axis], shape);
}

function softmaxNode(
  { powers, divisor }: { readonly powers: Node; readonly divisor: Node },
  x: Node,
  axis: number,
): Node {
  return makeNode(softmaxOp, [powers, spread(divisor, x, axis), x], { axis });
}

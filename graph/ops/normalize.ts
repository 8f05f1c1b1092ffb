import { computes, moves } from "../element.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { s } from "../scalar/mod.ts";
import { elementCount, formatType } from "../types.ts";
import { div, fullLike, mul, neg, sub } from "./arithmetic.ts";
import { type AxesAttrs, broadcastBack, reduceSum } from "./broadcast.ts";
import { laterAxes } from "./_vmap.ts";
import { mean } from "./composite.ts";
import { square } from "./functions.ts";

const CHANNEL = 1;

const normalizeOp: Op = {
  name: "normalize",
  lowering: computes(({ coords, read }) => {
    const channel = [coords[CHANNEL]!];
    return s.mul(s.sub(read(0, coords), read(1, channel)), read(2, channel));
  }),
  infer: (inputs) => {
    const [x, mean, scale] = inputs;
    const what = `Cannot normalize ${inputs.map(formatType).join(" and ")}`;
    if (inputs.some(({ dtype }) => dtype !== "f32")) {
      throw new DTypeError(`${what}: all must be f32`);
    }
    const channels = x!.shape[CHANNEL];
    const fits = [mean!, scale!].every(({ shape }) => shape.length === 1 && shape[0] === channels);
    if (channels === undefined || !fits) {
      throw new ShapeError(
        `${what}: mean and scale must have one element for each channel (axis 1) of x`,
      );
    }
    return x!;
  },
  vjp: (g, { inputs: [x, mean, scale] }) => {
    const { shape } = x!.type;
    const others = shape.map((_, axis) => axis).filter((axis) => axis !== CHANNEL);
    const spread = (vector: Node) => broadcastBack(vector, others, shape);
    const scaled = mul(g, spread(scale!));
    return [
      scaled,
      neg(reduceSum(scaled, others)),
      reduceSum(mul(g, sub(x!, spread(mean!))), others),
    ];
  },
  vmap: ({ all }) => {
    const [x, mean, scale] = all() as readonly [Node, Node, Node];
    const { shape } = x.type;
    const others = shape.map((_, axis) => axis).filter((axis) => axis > 0 && axis !== CHANNEL + 1);
    const spread = (vectors: Node) => broadcastBack(vectors, others, shape);
    return mul(sub(x, spread(mean)), spread(scale));
  },
};

/**
 * (x − mean) · scale for each channel: the core of batch normalization, kept as one op so that
 * passes can recognize it.
 *
 * | argument | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [n, c, …] |
 * | `mean`, `scale` | f32 | [c] |
 * | returns | f32 | [n, c, …] |
 */
export const normalize: ((x: Node, mean: Node, scale: Node) => Node) & Builder = defineBuilder(
  normalizeOp,
  (x: Node, mean: Node, scale: Node) => makeNode(normalizeOp, [x, mean, scale], {}),
);

const varianceOp: Op<AxesAttrs> = {
  name: "variance",
  lowering: moves(({ coords, read }) => read(0, coords), { marker: true }),
  infer: ([value]) => value!,
  vjp: (g, { inputs: [, x, center], attrs: { axes } }) => {
    const { shape } = x!.type;
    const count = elementCount(axes.map((axis) => shape[axis]!));
    const each = broadcastBack(div(g, fullLike(g, count)), axes, shape);
    const deviation = sub(x!, broadcastBack(center!, axes, shape));
    return [null, mul(mul(each, fullLike(x!, 2)), deviation), null];
  },
  vmap: laterAxes,
};

/**
 * The variance Σ (x − mean)² / n over `axes`, which are removed. Computed in two passes (mean
 * first), so that it is accurate for large means.
 *
 * Its derivative is 2·(x − mean) / n, because the part through the mean is 0. The rule is a
 * function of x, so it can be differentiated again. (Stopping the gradient at the mean would give
 * the same first derivative but wrong higher ones.)
 */
export const variance: ((x: Node, axes: readonly number[]) => Node) & Builder<AxesAttrs> =
  defineBuilder(varianceOp, (x: Node, axes: readonly number[]) => {
    const center = mean(x, axes);
    const deviation = sub(x, broadcastBack(center, axes, x.type.shape));
    return makeNode(varianceOp, [mean(square(deviation), axes), x, center], { axes });
  });

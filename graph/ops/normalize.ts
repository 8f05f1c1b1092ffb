import { DTypeError, ShapeError } from "../errors.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { s } from "../scalar/mod.ts";
import { formatType } from "../types.ts";
import { mul, neg, sub } from "./arithmetic.ts";
import { broadcastBack, reduceSum } from "./broadcast.ts";

const CHANNEL = 1;

const normalizeOp: Op = {
  name: "normalize",
  lowering: {
    kind: "element",
    view: false,
    element: ({ coords, read }) => {
      const channel = [coords[CHANNEL]!];
      return s.mul(s.sub(read(0, coords), read(1, channel)), read(2, channel));
    },
  },
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
        `${what}: mean and scale must have one element for each channel (axis 1) of the first`,
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
};

/**
 * (x − mean) · scale for each channel: what batch normalisation does, kept as one op so
 * that passes can see it.
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

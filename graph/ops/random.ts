import { computes } from "../element.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import {
  checkOption,
  literalOf,
  nonNegativeWhole,
  oneOf,
  seedNumber,
  shapeSizes,
} from "../check_value.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { linearIndex, s, type Scalar } from "../scalar/mod.ts";
import { checkElements } from "../sizes.ts";
import { DRAW, type Draw } from "../tags.ts";
import { threefry, type WordArithmetic } from "../threefry.ts";
import { formatType, type Shape } from "../types.ts";
import { fullLike, maximum, mul } from "./arithmetic.ts";
import { cast, cos, log, shiftRight, sqrt } from "./functions.ts";
import { full } from "./source.ts";

const scalarWords: WordArithmetic<Scalar> = {
  word: s.uint,
  add: s.add,
  xor: s.xor,
  rotateLeft: (x, by) => s.or(s.shl(x, s.uint(by)), s.shr(x, s.uint(32 - by))),
};

/** Attributes of `randomBits`. */
export interface RandomAttrs {
  /** Shape of the result. */
  readonly shape: Shape;
  /** First word of the key. */
  readonly seed: number;
  /** Second word of the key: selects one of the streams of a seed. */
  readonly stream: number;
  /** Which of the two (independent) words of a block to use. Default: 0. */
  readonly word?: 0 | 1;
}

const randomBitsOp: Op<RandomAttrs> = {
  name: "randomBits",
  isRandom: true,
  lowering: computes(({ coords, attrs: { seed, stream, shape, word = 0 }, read }) => {
    const index = s.cast(linearIndex(coords, shape), "u32");
    const step = s.cast(read(0, []), "u32");
    return threefry(scalarWords, [index, step], [s.uint(seed), s.uint(stream)])[word];
  }),
  infer: ([counter], { shape, seed, stream, word = 0 }) => {
    const action = "draw random numbers";
    checkOption(action, { shape }, shapeSizes, ShapeError);
    checkOption(action, { seed, stream }, seedNumber);
    checkOption(action, { word }, oneOf([0, 1]));
    if (counter!.dtype !== "i32" || counter!.shape.length !== 0) {
      throw new DTypeError(
        `Cannot draw random numbers: the counter must be i32[]: current type is ${
          formatType(counter!)
        }`,
      );
    }
    const type = { dtype: "u32", shape } as const;
    checkElements(action, type);
    return type;
  },
  vmap: { refused: "the counter of a step is the same for all examples" },
};

/**
 * 32 random bits for each element (u32). They depend only on `seed`, `stream`, the counter
 * (i32[], for example the step number), and the element's index.
 */
export const randomBits:
  & ((counter: Node, attrs: RandomAttrs) => Node)
  & Builder<RandomAttrs> = defineBuilder(
    randomBitsOp,
    (counter: Node, attrs: RandomAttrs) => makeNode(randomBitsOp, [counter], attrs),
  );

/**
 * f32, uniform in [0, 1), in multiples of 2⁻²⁴. With `draw`, `separateDraws` makes the stream
 * unique.
 */
export function randomUniform(counter: Node, attrs: RandomAttrs, draw?: Draw): Node {
  if (draw) checkOption("draw random numbers", { order: draw.order }, nonNegativeWhole);
  const plain = randomBits(counter, attrs);
  const bits = draw ? DRAW.set(plain, draw) : plain;
  const top = cast(shiftRight(bits, fullLike(bits, 8)), "f32");
  return mul(top, fullLike(top, 2 ** -24));
}

/**
 * f32, standard normal: the Box-Muller transform of the two words of a block. With `draw`,
 * `separateDraws` makes the stream unique.
 */
export function randomNormal(counter: Node, attrs: RandomAttrs, draw?: Draw): Node {
  const radius = randomUniform(counter, { ...attrs, word: 0 }, draw);
  const angle = randomUniform(counter, { ...attrs, word: 1 }, draw);
  const positive = maximum(radius, fullLike(radius, 2 ** -25)); // log(0) is −∞
  const length = sqrt(mul(log(positive), fullLike(radius, -2)));
  return mul(length, cos(mul(angle, fullLike(angle, 2 * Math.PI))));
}

/** A constant counter, for draws outside a training loop. */
export function fixedCounter(value = 0): Node {
  checkOption("make a counter", { value }, literalOf("i32"));
  return full(value, [], "i32");
}

import { Tensor, where } from "../../autograd/mod.ts";
import {
  callable,
  checkOptions,
  DTypeError,
  formatType,
  iota,
  lessEqual,
  maskedSoftmax,
  optional,
  type OptionRules,
  positiveNumber,
  ShapeError,
  trueOrFalse,
} from "../../graph/mod.ts";
import { mustBeTensors, tensorRule } from "../_input.ts";

/** Options for `scaledDotProductAttention`. */
export interface AttentionOptions {
  /**
   * What each query may see; broadcasts to [n…, queries, keys]. bool: true where it may, as in
   * PyTorch's function of this name; f32: added to the scores, −∞ where it may not.
   */
  readonly attnMask?: Tensor;
  /** Whether query i sees only the keys 0 to i. Default: false. */
  readonly isCausal?: boolean;
  /** Factor of the scores. Default: 1 / √d. */
  readonly scale?: number;
  /** Is applied to the weights: dropout, for example. */
  readonly dropout?: (weights: Tensor) => Tensor;
}

const rules: OptionRules<AttentionOptions> = {
  attnMask: optional(tensorRule),
  isCausal: optional(trueOrFalse),
  scale: optional(positiveNumber),
  dropout: optional(callable),
};

/** Queries, keys, and values. */
export interface QueryKeyValue {
  /** f32 [n…, queries, d]. */
  readonly query: Tensor;
  /** f32 [n…, keys, d]. */
  readonly key: Tensor;
  /** f32 [n…, keys, e]. */
  readonly value: Tensor;
}

/**
 * Attention [Vaswani et al. 2017, Eq. 1]:
 *
 *     y = softmax(scale · query · keyᵀ + mask) · value
 *
 * A query that sees no key gets 0, and no gradient.
 *
 * | value | dtype | shape |
 * | --- | --- | --- |
 * | `query`, `key`, `value` | f32 | [n…, queries, d], [n…, keys, d], [n…, keys, e] |
 * | returns | f32 | [n…, queries, e] |
 *
 * @throws {ShapeError} if the shapes do not agree
 *
 * @example Two heads, of which each position sees itself and what is before it
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { random, scaledDotProductAttention } from "@gspace/gspace";
 *
 * const [query, key, value] = ["q", "k", "v"].map((name) => random.normal([2, 5, 4], { seed: 1, name }));
 * const y = scaledDotProductAttention(query!, key!, value!, { isCausal: true });
 * assertEquals(y.shape, [2, 5, 4]);
 * ```
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const weights = attentionWeights({ query, key, value }, options);
  return weights.matmul(value);
}

/** The weights of the values, f32 [n…, queries, keys]: each row sums to 1, or to 0 if it sees no key. */
export function attentionWeights(inputs: QueryKeyValue, options: AttentionOptions): Tensor {
  checkOptions("apply scaledDotProductAttention", options, rules);
  checkInputs(inputs);
  const { query, key } = inputs;
  const { scale = 1 / Math.sqrt(Math.max(1, query.shape.at(-1)!)), dropout } = options;
  const scores = query.matmul(key.transpose()).mul(scale);
  const weights = new Tensor(maskedSoftmax(masked(scores, options).node, scores.rank - 1));
  return dropout ? dropout(weights) : weights;
}

/** The scores, and −∞ where a query does not see a key. */
function masked(scores: Tensor, { attnMask, isCausal = false }: AttentionOptions): Tensor {
  const isVisible = isCausal ? causalMask(scores) : undefined;
  const seen = isVisible ? where(isVisible, scores, -Infinity) : scores;
  if (!attnMask) return seen;
  checkMask(attnMask, scores);
  return attnMask.dtype === "bool" ? where(attnMask, seen, -Infinity) : seen.add(attnMask);
}

/** bool [queries, keys]: whether the key is not after the query. */
function causalMask({ shape }: Tensor): Tensor<"bool"> {
  const sizes = shape.slice(-2);
  return new Tensor(lessEqual(iota(sizes, 1), iota(sizes, 0)));
}

function checkInputs({ query, key, value }: QueryKeyValue): void {
  mustBeTensors({ query, key, value }, "scaledDotProductAttention");
  const types = [query, key, value].map(({ node }) => formatType(node.type)).join(", ");
  const what = `Cannot apply scaledDotProductAttention to ${types}`;
  if ([query, key, value].some(({ dtype }) => dtype !== "f32")) {
    throw new DTypeError(`${what}: query, key, and value must be f32`);
  }
  const isMatrix = [query, key, value].every(({ rank }) => rank >= 2 && rank === query.rank);
  const fits = isMatrix && query.shape.at(-1) === key.shape.at(-1) &&
    key.shape.at(-2) === value.shape.at(-2) &&
    [key, value].every(({ shape }) => `${shape.slice(0, -2)}` === `${query.shape.slice(0, -2)}`);
  if (!fits) {
    throw new ShapeError(
      `${what}: shapes must be [n…, queries, d], [n…, keys, d], and [n…, keys, e]`,
    );
  }
}

function checkMask(mask: Tensor, scores: Tensor): void {
  const what = `Cannot apply a mask ${formatType(mask.node.type)} to attention`;
  if (mask.dtype !== "bool" && mask.dtype !== "f32") {
    throw new DTypeError(`${what}: it must be bool or f32`);
  }
  const sizes = scores.shape.slice(-mask.rank);
  const fits = mask.rank <= scores.rank &&
    mask.shape.every((size, axis) => size === 1 || size === sizes[axis]);
  if (fits) return;
  throw new ShapeError(`${what}: it must broadcast to [${scores.shape.join(", ")}]`);
}

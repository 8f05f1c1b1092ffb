import { type Tensor, where } from "../../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  DTypeError,
  formatType,
  numberIn,
  optional,
  type OptionRules,
  positiveWhole,
  ShapeError,
  trueOrFalse,
} from "../../graph/mod.ts";
import { mustBeTensors, namedInputs } from "../_input.ts";
import { Dropout } from "../dropout.ts";
import { zerosInit } from "../initializers.ts";
import { Linear } from "../linear.ts";
import {
  type AnyModule,
  type ForwardContext,
  inference,
  Module,
  type ParameterSpec,
} from "../module.ts";
import { xavierUniform } from "../random_initializers.ts";
import { attentionWeights } from "./scaled_dot_product.ts";

/** Options for `MultiheadAttention`. */
export interface MultiheadAttentionOptions {
  /** Probability of dropping a weight in training, in [0, 1). Default: 0. */
  readonly dropout?: number;
  /** Whether the projections add biases. Default: true. */
  readonly bias?: boolean;
}

const rules: OptionRules<MultiheadAttentionOptions> = {
  dropout: optional(numberIn("[0, 1)")),
  bias: optional(trueOrFalse),
};

/** What a query may not see, in PyTorch's conventions for modules. */
export interface AttentionMasks {
  /**
   * [queries, keys] or [batch · heads, queries, keys]. bool: true where a query may **not** see a
   * key; f32: added to the scores.
   */
  readonly attnMask?: Tensor | undefined;
  /** bool [batch, keys]: true for keys that are padding. f32: added to the scores. */
  readonly keyPaddingMask?: Tensor | undefined;
  /** Whether query i sees only the keys 0 to i. Default: false. */
  readonly isCausal?: boolean | undefined;
}

/** Inputs of `MultiheadAttention`. */
export interface AttentionInputs extends AttentionMasks {
  /** f32 [batch, queries, embedDim]. */
  readonly query: Tensor;
  /** f32 [batch, keys, embedDim]. Default: the query, for self-attention. */
  readonly key?: Tensor;
  /** f32 [batch, keys, embedDim]. Default: the key. */
  readonly value?: Tensor;
}

/** Outputs of `MultiheadAttention`. What you do not use is not computed. */
export interface AttentionOutput {
  /** f32 [batch, queries, embedDim]. */
  readonly output: Tensor;
  /** f32 [batch, queries, keys]: the weights of the values, averaged over the heads. */
  readonly weights: Tensor;
}

/** The projection of the heads. Its bias is 0 at first, as in PyTorch. */
class OutputProjection extends Linear {
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    const { bias, ...rest } = super.parameterSpecs();
    return bias ? { ...rest, bias: { ...bias, initializer: zerosInit } } : rest;
  }
}

const action = "make a MultiheadAttention";

/**
 * Attention with several heads, as PyTorch's `MultiheadAttention(…, batch_first=True)`. Parameters
 * are named as there: `in_proj_weight`, `in_proj_bias`, `out_proj.weight`, `out_proj.bias`.
 *
 * | value | dtype | shape |
 * | --- | --- | --- |
 * | `query`, `key`, `value` | f32 | [batch, positions, embedDim] |
 * | `in_proj_weight` | f32 | [3 · embedDim, embedDim]: queries, keys, values |
 * | returns `output` | f32 | [batch, queries, embedDim] |
 *
 * A query that sees no key gets only the bias of the output projection.
 *
 * @example Self-attention of 5 positions, of which each sees itself and what is before it
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { initialize, MultiheadAttention, random } from "@gspace/gspace";
 *
 * const attention = initialize(new MultiheadAttention(8, 2), { seed: 1 });
 * const query = random.normal([3, 5, 8], { seed: 1 });
 * const { output, weights } = attention.forward({ query, isCausal: true });
 * assertEquals([output.shape, weights.shape], [[3, 5, 8], [3, 5, 5]]);
 * ```
 */
export class MultiheadAttention extends Module<AttentionInputs, AttentionOutput> {
  /** Size of the last axis of inputs and output. */
  readonly embedDim: number;
  /** Number of heads. */
  readonly numHeads: number;
  readonly #hasBias: boolean;
  readonly #output: OutputProjection;
  readonly #dropout: Dropout;

  /** `numHeads` must divide `embedDim`. */
  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    super();
    checkOption(action, { embedDim, numHeads }, positiveWhole);
    checkOptions(action, options, rules);
    const { dropout = 0, bias = true } = options;
    if (embedDim % numHeads !== 0) {
      throw new RangeError(
        `Cannot ${action}: numHeads must divide embedDim: current are ${numHeads} and ${embedDim}`,
      );
    }
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.#hasBias = bias;
    this.#output = new OutputProjection(embedDim, embedDim, { bias });
    this.#dropout = new Dropout(dropout);
  }

  /** The submodules, by PyTorch's names. */
  override children(): ReadonlyMap<string, AnyModule> {
    return new Map<string, AnyModule>([["out_proj", this.#output], ["dropout", this.#dropout]]);
  }

  /** Shapes and initializers of the parameters. */
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    const [rows, fanIn] = [3 * this.embedDim, this.embedDim];
    const weight = { shape: [rows, fanIn], fanIn, initializer: xavierUniform() };
    if (!this.#hasBias) return { in_proj_weight: weight };
    return {
      in_proj_weight: weight,
      in_proj_bias: { shape: [rows], fanIn, initializer: zerosInit },
    };
  }

  /**
   * The attention of each query to the values.
   * @throws {ShapeError} if the shapes do not agree
   */
  override forward(inputs: AttentionInputs, context: ForwardContext = inference): AttentionOutput {
    const { query, key = query, value = key } = namedInputs(inputs, "query", this.label);
    checkInputs(this, [query, key, value]);
    const [q, k, v] = this.#projections(query, key, value);
    const weights = attentionWeights({ query: q, key: k, value: v }, {
      ...maskOptions(inputs, this.#scoreSizes(query, key)),
      dropout: (each) => this.#dropout.forward(each, context),
    }).named(this.label);
    const heads = weights.matmul(v).permute(0, 2, 1, 3).reshape(query.shape);
    return { output: this.#output.forward(heads), weights: weights.mean(1) };
  }

  /** Queries, keys, and values of each head: [batch, heads, positions, embedDim / heads]. */
  #projections(query: Tensor, key: Tensor, value: Tensor): [Tensor, Tensor, Tensor] {
    const [q, k, v] = query === key && key === value
      ? this.#heads(query, 0, 3)
      : key === value
      ? [...this.#heads(query, 0, 1), ...this.#heads(key, 1, 2)]
      : [query, key, value].flatMap((x, part) => this.#heads(x, part, 1));
    return [q!, k!, v!];
  }

  /**
   * The heads of `count` parts of the input projection. The parts are cut along an axis of their own,
   * so that their gradients are put together row by row.
   */
  #heads(x: Tensor, first: number, count: number): Tensor[] {
    const { embedDim, numHeads } = this;
    const [batch, positions] = x.shape as readonly [number, number, number];
    const all = this.#project(x, first, count)
      .reshape([batch, positions, count, numHeads, embedDim / numHeads]);
    return all.split(1, 2).map((part) => part.squeeze(2).permute(0, 2, 1, 3));
  }

  /** x times `count` parts of the input projection, from part `first` on. */
  #project(x: Tensor, first: number, count: number): Tensor {
    const { embedDim, label } = this;
    const part = (whole: Tensor) =>
      count === 3 ? whole : whole.narrow(0, first * embedDim, count * embedDim);
    const weight = part(this.parameter("in_proj_weight"));
    const rows = x.reshape([-1, embedDim]).matmul(weight.transpose());
    const sums = this.#hasBias ? rows.add(part(this.parameter("in_proj_bias"))) : rows;
    return sums.reshape([x.shape[0]!, x.shape[1]!, count * embedDim]).named(label);
  }

  #scoreSizes(query: Tensor, key: Tensor): readonly [number, number, number, number] {
    return [query.shape[0]!, this.numHeads, query.shape[1]!, key.shape[1]!];
  }
}

/** PyTorch's masks of modules as a mask of scores [batch, heads, queries, keys]. */
function maskOptions(
  { attnMask, keyPaddingMask, isCausal = false }: AttentionMasks,
  [batch, heads, queries, keys]: readonly [number, number, number, number],
): { readonly attnMask?: Tensor; readonly isCausal: boolean } {
  const masks: Tensor[] = [];
  if (attnMask) {
    const sizes = attnMask.rank === 3 ? [batch * heads, queries, keys] : [queries, keys];
    checkMask("attnMask", attnMask, sizes);
    masks.push(attnMask.rank === 3 ? attnMask.reshape([batch, heads, queries, keys]) : attnMask);
  }
  if (keyPaddingMask) {
    checkMask("keyPaddingMask", keyPaddingMask, [batch, keys]);
    masks.push(keyPaddingMask.reshape([batch, 1, 1, keys]));
  }
  if (masks.length === 0) return { isCausal };
  if (masks.every(({ dtype }) => dtype === "bool")) {
    return { attnMask: masks.reduce((a, b) => a.or(b)).not(), isCausal };
  }
  const added = masks.map((mask) => mask.dtype === "bool" ? where(mask, -Infinity, 0) : mask);
  return { attnMask: added.reduce((a, b) => a.add(b)), isCausal };
}

function checkMask(name: string, mask: Tensor, sizes: readonly number[]): void {
  const what = `Cannot apply a MultiheadAttention with ${name} ${formatType(mask.node.type)}`;
  if (mask.dtype !== "bool" && mask.dtype !== "f32") {
    throw new DTypeError(`${what}: it must be bool or f32`);
  }
  if (`${mask.shape}` !== `${sizes}`) {
    throw new ShapeError(`${what}: its shape must be [${sizes.join(", ")}]`);
  }
}

function checkInputs(
  { label, embedDim }: MultiheadAttention,
  [query, key, value]: readonly [Tensor, Tensor, Tensor],
): void {
  mustBeTensors({ query, key, value }, `"${label}" to { query, key, value }`);
  const all = [query, key, value];
  const types = all.map(({ node }) => formatType(node.type)).join(", ");
  const what = `Cannot apply "${label}" (MultiheadAttention) to ${types}`;
  if (all.some(({ dtype }) => dtype !== "f32")) throw new DTypeError(`${what}: they must be f32`);
  const fits =
    all.every(({ rank, shape }) =>
      rank === 3 && shape[2] === embedDim && shape[0] === query.shape[0]
    ) && key.shape[1] === value.shape[1];
  if (fits) return;
  throw new ShapeError(
    `${what}: shapes must be [batch, positions, ${embedDim}], with as many keys as values`,
  );
}

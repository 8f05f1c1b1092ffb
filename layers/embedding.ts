import { full, type Parameter, type Tensor, where } from "../autograd/mod.ts";
import {
  callable,
  checkOption,
  checkOptions,
  DTypeError,
  formatType,
  optional,
  type OptionRules,
  positiveWhole,
  type Shape,
  wholeIn,
} from "../graph/mod.ts";
import { mustBeTensor } from "./_input.ts";
import type { Initializer } from "./initializers.ts";
import { Module, type ParameterSpec } from "./module.ts";
import { normalInit } from "./random_initializers.ts";

/** Options for `Embedding`. */
export interface EmbeddingOptions {
  /**
   * Row that is not trained: it gets no gradient, and its initial value is 0. May count from the
   * end.
   */
  readonly paddingIdx?: number;
  /** Initializer of the weight. Default: standard normal, as in PyTorch. */
  readonly initializer?: Initializer;
}

const rules: OptionRules<EmbeddingOptions> = {
  paddingIdx: optional(wholeIn(-(2 ** 31), 2 ** 31 - 1)),
  initializer: optional(callable),
};

const action = "make an Embedding";

/**
 * A table of vectors: the row of `weight` that each index names. An index out of range gives
 * NaN, and so does its gradient.
 *
 *     y[n…, :] = weight[x[n…], :]
 *
 * | value | dtype | shape |
 * | --- | --- | --- |
 * | `x` | i32 | [n…] |
 * | `weight` | f32 | [numEmbeddings, embeddingDim] |
 * | returns | f32 | [n…, embeddingDim] |
 *
 * The gradient is dense, as with PyTorch's `sparse=False`: optimizers with momentum, adaptive
 * rates, or decay change all rows. Plain `sgd` changes only the rows that a batch uses, and its step
 * costs no more than that, however large the table.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Embedding, initialize, tensor } from "@gspace/gspace";
 *
 * const embedding = initialize(new Embedding(10, 3, { paddingIdx: 0 }), { seed: 1 });
 * const y = embedding.forward(tensor([[2, 4, 0], [1, 1, 0]], [2, 3], "i32"));
 * assertEquals(y.shape, [2, 3, 3]);
 * ```
 */
export class Embedding extends Module {
  /** Number of rows. */
  readonly numEmbeddings: number;
  /** Size of each row. */
  readonly embeddingDim: number;
  /** The row that is not trained, if there is one. */
  readonly paddingIdx: number | undefined;
  readonly #initializer: Initializer;

  /** A table of `numEmbeddings` rows of size `embeddingDim`. */
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingOptions = {}) {
    super();
    checkOption(action, { numEmbeddings, embeddingDim }, positiveWhole);
    checkOptions(action, options, rules);
    const { paddingIdx, initializer = normalInit() } = options;
    const rows = wholeIn(-numEmbeddings, numEmbeddings - 1);
    if (paddingIdx !== undefined) checkOption(action, { paddingIdx }, rows);
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = paddingIdx !== undefined && paddingIdx < 0
      ? paddingIdx + numEmbeddings
      : paddingIdx;
    this.#initializer = initializer;
  }

  /** f32 [numEmbeddings, embeddingDim]. */
  get weight(): Parameter {
    return this.parameter("weight");
  }

  /** Shape and initializer of the weight. */
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    const shape = [this.numEmbeddings, this.embeddingDim];
    return { weight: { shape, fanIn: 1, initializer: this.#withoutPadding } };
  }

  /**
   * The rows that the indices name.
   * @throws {DTypeError} if x is not i32
   */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    if (x.dtype !== "i32") {
      throw new DTypeError(
        `Cannot apply "${this.label}" (Embedding) to ${
          formatType(x.node.type)
        }: indices must be i32`,
      );
    }
    const rows = this.#rows(x).named(this.label);
    const isRow = x.greaterEqual(0).and(x.less(this.numEmbeddings));
    // A product, so that the gradient of an invalid index is NaN too.
    const factor: Tensor = where(isRow, full(1, []), NaN);
    return rows.mul(factor.unsqueeze(x.rank)).named(this.label);
  }

  #rows(x: Tensor): Tensor {
    const { paddingIdx, weight } = this;
    if (paddingIdx === undefined) return weight.gather(x);
    const isPadding = x.equal(paddingIdx).unsqueeze(x.rank);
    return where(isPadding, weight.stopGradient().gather(x), weight.gather(x));
  }

  readonly #withoutPadding: Initializer = (shape: Shape, context) => {
    const values = this.#initializer(shape, context);
    const { paddingIdx, embeddingDim } = this;
    if (paddingIdx !== undefined) {
      values.fill(0, paddingIdx * embeddingDim, (paddingIdx + 1) * embeddingDim);
    }
    return values;
  };
}

/**
 * What the layers of encoders and decoders share.
 * @module
 */
import type { Tensor } from "../../autograd/mod.ts";
import {
  callable,
  either,
  nonNegativeNumber,
  numberIn,
  oneOf,
  optional,
  type OptionRules,
  positiveWhole,
  trueOrFalse,
} from "../../graph/mod.ts";
import { Dropout } from "../dropout.ts";
import { LayerNorm } from "../group_norm.ts";
import { Linear } from "../linear.ts";
import type { AnyModule, ForwardContext } from "../module.ts";

/** Options for `TransformerEncoderLayer` and `TransformerDecoderLayer`. */
export interface TransformerLayerOptions {
  /** Size of the hidden layer of the feed-forward network. Default: 2048. */
  readonly dimFeedforward?: number;
  /** Probability of dropping an element in training, in [0, 1). Default: 0.1. */
  readonly dropout?: number;
  /** Activation of the feed-forward network. Default: "relu". */
  readonly activation?: "relu" | "gelu" | ((x: Tensor) => Tensor);
  /** Added to the variance by the normalizations. Default: 1e-5. */
  readonly layerNormEps?: number;
  /** Whether to normalize the input of each part instead of its output. Default: false. */
  readonly normFirst?: boolean;
}

/** Rules for `TransformerLayerOptions`. */
export const transformerRules: OptionRules<TransformerLayerOptions> = {
  dimFeedforward: optional(positiveWhole),
  dropout: optional(numberIn("[0, 1)")),
  activation: optional(either(oneOf(["relu", "gelu"]), callable)),
  layerNormEps: optional(nonNegativeNumber),
  normFirst: optional(trueOrFalse),
};

/** The feed-forward network, and how each part of a layer is added and normalized. */
export class LayerParts {
  /** The submodules, by PyTorch's names. */
  readonly modules: ReadonlyMap<string, AnyModule>;
  readonly #linear1: Linear;
  readonly #linear2: Linear;
  readonly #dropout: Dropout;
  readonly #norms: readonly LayerNorm[];
  readonly #dropouts: readonly Dropout[];
  readonly #activation: (x: Tensor) => Tensor;
  readonly #normFirst: boolean;

  /** `attentions`: those of the layer, by name; each of them and the network have a normalization. */
  constructor(
    features: number,
    attentions: ReadonlyMap<string, AnyModule>,
    options: TransformerLayerOptions,
  ) {
    const { dimFeedforward = 2048, dropout = 0.1, layerNormEps: eps = 1e-5 } = options;
    const { activation = "relu", normFirst = false } = options;
    this.#linear1 = new Linear(features, dimFeedforward);
    this.#linear2 = new Linear(dimFeedforward, features);
    this.#dropout = new Dropout(dropout);
    const count = attentions.size + 1;
    this.#norms = Array.from({ length: count }, () => new LayerNorm(features, { eps }));
    this.#dropouts = Array.from({ length: count }, () => new Dropout(dropout));
    this.#normFirst = normFirst;
    this.#activation = typeof activation === "function"
      ? activation
      : activation === "gelu"
      ? (x) => x.gelu()
      : (x) => x.relu();
    this.modules = new Map<string, AnyModule>([
      ...attentions,
      ["linear1", this.#linear1],
      ["dropout", this.#dropout],
      ["linear2", this.#linear2],
      ...this.#norms.map((norm, i) => [`norm${i + 1}`, norm] as const),
      ...this.#dropouts.map((each, i) => [`dropout${i + 1}`, each] as const),
    ]);
  }

  /** x plus a part of it, normalized before or after. `number` counts the parts of the layer. */
  residual(
    x: Tensor,
    { number, context }: { readonly number: number; readonly context: ForwardContext },
    part: (x: Tensor) => Tensor,
  ): Tensor {
    const [norm, dropout] = [this.#norms[number]!, this.#dropouts[number]!];
    const change = dropout.forward(part(this.#normFirst ? norm.forward(x) : x), context);
    return this.#normFirst ? x.add(change) : norm.forward(x.add(change));
  }

  /** linear2(dropout(activation(linear1(x)))). */
  feedForward(x: Tensor, context: ForwardContext): Tensor {
    const hidden = this.#activation(this.#linear1.forward(x));
    return this.#linear2.forward(this.#dropout.forward(hidden, context));
  }
}

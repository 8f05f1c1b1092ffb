import type { Tensor } from "../../autograd/mod.ts";
import { callable, checkOption, checkOptions, positiveWhole } from "../../graph/mod.ts";
import { mustBeTensors, namedInputs } from "../_input.ts";
import { type AnyModule, type ForwardContext, inference, Module } from "../module.ts";
import { LayerParts, type TransformerLayerOptions, transformerRules } from "./feed_forward.ts";
import { MultiheadAttention } from "./multihead_attention.ts";
import { stackRules, type TransformerOptions } from "./transformer_encoder.ts";

/** Inputs of `TransformerDecoder` and its layers. */
export interface DecoderInputs {
  /** f32 [batch, positions, features]. */
  readonly tgt: Tensor;
  /** f32 [batch, source positions, features]: the output of an encoder. */
  readonly memory: Tensor;
  /** [positions, positions] or [batch · heads, …]; see `AttentionMasks.attnMask`. */
  readonly tgtMask?: Tensor;
  /** [positions, source positions] or [batch · heads, …]. */
  readonly memoryMask?: Tensor;
  /** bool [batch, positions]: true for padding. */
  readonly tgtKeyPaddingMask?: Tensor;
  /** bool [batch, source positions]: true for padding. */
  readonly memoryKeyPaddingMask?: Tensor;
  /** Whether each position sees only itself and what is before it. Default: false. */
  readonly tgtIsCausal?: boolean;
}

/**
 * Self-attention, attention to the output of an encoder, and a feed-forward network, as PyTorch's
 * `TransformerDecoderLayer(…, batch_first=True)`: `self_attn.…`, `multihead_attn.…`,
 * `linear1.weight`, …, `norm3.bias`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { initialize, random, TransformerDecoderLayer } from "@gspace/gspace";
 *
 * const layer = initialize(new TransformerDecoderLayer(8, 2, { dimFeedforward: 16 }), { seed: 1 });
 * const [tgt, memory] = [random.normal([3, 5, 8], { seed: 1 }), random.normal([3, 7, 8], { seed: 1 })];
 * assertEquals(layer.forward({ tgt, memory, tgtIsCausal: true }).shape, [3, 5, 8]);
 * ```
 */
export class TransformerDecoderLayer extends Module<DecoderInputs, Tensor> {
  readonly #own: MultiheadAttention;
  readonly #cross: MultiheadAttention;
  readonly #parts: LayerParts;

  /** A layer of `features` and that many heads. */
  constructor(features: number, heads: number, options: TransformerLayerOptions = {}) {
    super();
    checkOption("make a TransformerDecoderLayer", { features, heads }, positiveWhole);
    checkOptions("make a TransformerDecoderLayer", options, transformerRules);
    const { dropout = 0.1 } = options;
    this.#own = new MultiheadAttention(features, heads, { dropout });
    this.#cross = new MultiheadAttention(features, heads, { dropout });
    const attentions = new Map([["self_attn", this.#own], ["multihead_attn", this.#cross]]);
    this.#parts = new LayerParts(features, attentions, options);
  }

  /** The submodules, by PyTorch's names. */
  override children(): ReadonlyMap<string, AnyModule> {
    return this.#parts.modules;
  }

  /** The layer's output, [batch, positions, features]. */
  override forward(inputs: DecoderInputs, context: ForwardContext = inference): Tensor {
    const { tgt, memory, memoryMask, memoryKeyPaddingMask } = namedInputs(
      inputs,
      "tgt",
      this.label,
    );
    mustBeTensors({ tgt, memory }, `"${this.label}" to { tgt, memory }`);
    const own = {
      attnMask: inputs.tgtMask,
      keyPaddingMask: inputs.tgtKeyPaddingMask,
      isCausal: inputs.tgtIsCausal,
    };
    const cross = { attnMask: memoryMask, keyPaddingMask: memoryKeyPaddingMask };
    const parts = [
      (query: Tensor) => this.#own.forward({ query, ...own }, context).output,
      (query: Tensor) => this.#cross.forward({ query, key: memory, ...cross }, context).output,
      (x: Tensor) => this.#parts.feedForward(x, context),
    ];
    return parts.reduce(
      (x, part, number) => this.#parts.residual(x, { number, context }, part),
      tgt,
    );
  }
}

/**
 * Layers one after the other, as PyTorch's `TransformerDecoder`: `layers.0.linear1.weight`, …,
 * `norm.weight`. Each layer has initial weights of its own.
 */
export class TransformerDecoder extends Module<DecoderInputs, Tensor> {
  /** The layers, in order. */
  readonly layers: readonly TransformerDecoderLayer[];
  /** The normalization of the output. */
  readonly norm: Module | undefined;

  /** `layer` makes one of the `numLayers` layers. */
  constructor(
    layer: (index: number) => TransformerDecoderLayer,
    numLayers: number,
    options: TransformerOptions = {},
  ) {
    super();
    checkOption("make a TransformerDecoder", { layer }, callable);
    checkOption("make a TransformerDecoder", { numLayers }, positiveWhole);
    checkOptions("make a TransformerDecoder", options, stackRules);
    this.layers = Array.from({ length: numLayers }, (_, index) => layer(index));
    this.norm = options.norm;
  }

  /** The output of the last layer, normalized, [batch, positions, features]. */
  override forward(inputs: DecoderInputs, context: ForwardContext = inference): Tensor {
    const y = this.layers.reduce(
      (tgt, layer) => layer.forward({ ...inputs, tgt }, context),
      namedInputs(inputs, "tgt", this.label).tgt,
    );
    return this.norm ? this.norm.forward(y, context) : y;
  }
}

import type { Tensor } from "../../autograd/mod.ts";
import { callable, checkOption, checkOptions, optional, positiveWhole } from "../../graph/mod.ts";
import { type AnyModule, type ForwardContext, inference, Module } from "../module.ts";
import { LayerParts, type TransformerLayerOptions, transformerRules } from "./feed_forward.ts";
import { MultiheadAttention } from "./multihead_attention.ts";
import { inputsOf } from "../_input.ts";

/** Inputs of `TransformerEncoder` and its layers. */
export interface EncoderInputs {
  /** f32 [batch, positions, features]. */
  readonly src: Tensor;
  /** [positions, positions] or [batch · heads, …]; see `AttentionMasks.attnMask`. */
  readonly mask?: Tensor;
  /** bool [batch, positions]: true for padding. */
  readonly srcKeyPaddingMask?: Tensor;
  /** Whether each position sees only itself and what is before it. Default: false. */
  readonly isCausal?: boolean;
}

/**
 * Self-attention and a feed-forward network, as PyTorch's
 * `TransformerEncoderLayer(…, batch_first=True)`, with its names of parameters:
 * `self_attn.in_proj_weight`, `linear1.weight`, `norm1.weight`, …. Takes a tensor f32
 * [batch, positions, features], or the tensor and masks, and returns a tensor of that shape.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { initialize, random, TransformerEncoderLayer } from "@gspace/gspace";
 *
 * const layer = initialize(new TransformerEncoderLayer(8, 2, { dimFeedforward: 16 }), { seed: 1 });
 * const y = layer.forward({ src: random.normal([3, 5, 8], { seed: 1 }), isCausal: true });
 * assertEquals(y.shape, [3, 5, 8]);
 * ```
 */
export class TransformerEncoderLayer extends Module<Tensor | EncoderInputs, Tensor> {
  readonly #attention: MultiheadAttention;
  readonly #parts: LayerParts;

  /** A layer of `features` and that many heads. */
  constructor(features: number, heads: number, options: TransformerLayerOptions = {}) {
    super();
    checkOption("make a TransformerEncoderLayer", { features, heads }, positiveWhole);
    checkOptions("make a TransformerEncoderLayer", options, transformerRules);
    this.#attention = new MultiheadAttention(features, heads, { dropout: options.dropout ?? 0.1 });
    this.#parts = new LayerParts(features, new Map([["self_attn", this.#attention]]), options);
  }

  /** The submodules, by PyTorch's names. */
  override children(): ReadonlyMap<string, AnyModule> {
    return this.#parts.modules;
  }

  /** The layer's output, [batch, positions, features]. */
  override forward(
    inputs: Tensor | EncoderInputs,
    context: ForwardContext = inference,
  ): Tensor {
    const { src, mask, srcKeyPaddingMask, isCausal } = inputsOf(inputs, "src", this.label);
    const masks = { attnMask: mask, keyPaddingMask: srcKeyPaddingMask, isCausal };
    const attend = (query: Tensor) => this.#attention.forward({ query, ...masks }, context).output;
    const mixed = this.#parts.residual(src, { number: 0, context }, attend);
    const feed = (x: Tensor) => this.#parts.feedForward(x, context);
    return this.#parts.residual(mixed, { number: 1, context }, feed);
  }
}

/** Options for `TransformerEncoder` and `TransformerDecoder`. */
export interface TransformerOptions {
  /** A normalization of the output, which layers with `normFirst` need. Default: none. */
  readonly norm?: Module;
}

/** The rules of `TransformerOptions`. */
export const stackRules = {
  norm: optional({ text: "a Module", holds: (value: unknown) => value instanceof Module }),
};

/**
 * Layers one after the other, as PyTorch's `TransformerEncoder`: `layers.0.linear1.weight`, …,
 * `norm.weight`. Each layer has initial weights of its own.
 *
 * @example A language model of one layer
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as gs from "@gspace/gspace";
 *
 * const layer = () => new gs.TransformerEncoderLayer(8, 2, { dimFeedforward: 32, normFirst: true });
 * const encoder = new gs.TransformerEncoder(layer, 2, { norm: new gs.LayerNorm(8) });
 * gs.initialize(encoder, { seed: 1 });
 * assertEquals(encoder.forward({ src: gs.zeros([3, 5, 8]), isCausal: true }).shape, [3, 5, 8]);
 * ```
 */
export class TransformerEncoder extends Module<Tensor | EncoderInputs, Tensor> {
  /** The layers, in order. */
  readonly layers: readonly TransformerEncoderLayer[];
  /** The normalization of the output. */
  readonly norm: Module | undefined;

  /** `layer` makes one of the `numLayers` layers. */
  constructor(
    layer: (index: number) => TransformerEncoderLayer,
    numLayers: number,
    options: TransformerOptions = {},
  ) {
    super();
    checkOption("make a TransformerEncoder", { layer }, callable);
    checkOption("make a TransformerEncoder", { numLayers }, positiveWhole);
    checkOptions("make a TransformerEncoder", options, stackRules);
    this.layers = Array.from({ length: numLayers }, (_, index) => layer(index));
    this.norm = options.norm;
  }

  /** The output of the last layer, normalized, [batch, positions, features]. */
  override forward(
    inputs: Tensor | EncoderInputs,
    context: ForwardContext = inference,
  ): Tensor {
    const { src, ...masks } = inputsOf(inputs, "src", this.label);
    const y = this.layers.reduce((x, layer) => layer.forward({ src: x, ...masks }, context), src);
    return this.norm ? this.norm.forward(y, context) : y;
  }
}

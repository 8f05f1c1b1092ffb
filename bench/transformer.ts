/**
 * A transformer on characters, and its inputs as plain numbers, for all contenders.
 * @module
 */
import {
  arange,
  Embedding,
  type ForwardContext,
  inference,
  LayerNorm,
  Linear,
  Module,
  type Tensor,
  TransformerEncoder,
  TransformerEncoderLayer,
} from "../mod.ts";
import { labels, values } from "./inputs.ts";

/** Sizes of a transformer and of its batches. */
export interface TransformerSizes {
  /** Number of characters. */
  readonly characters: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  /** Positions of a sequence, all of which are predicted. */
  readonly positions: number;
  readonly batch: number;
}

/** Layers that normalize first, with GELU and without dropout. Its names are those of torch_bench.py. */
export class CharTransformer extends Module {
  readonly tokens: Embedding;
  readonly positions: Embedding;
  readonly encoder: TransformerEncoder;
  readonly head: Linear;

  constructor({ characters, width, heads, layers, positions }: TransformerSizes) {
    super();
    const options = {
      dimFeedforward: 4 * width,
      dropout: 0,
      activation: "gelu",
      normFirst: true,
    } as const;
    this.tokens = new Embedding(characters, width);
    this.positions = new Embedding(positions, width);
    const layer = () => new TransformerEncoderLayer(width, heads, options);
    this.encoder = new TransformerEncoder(layer, layers, { norm: new LayerNorm(width) });
    this.head = new Linear(width, characters);
  }

  override forward(x: Tensor, context: ForwardContext = inference): Tensor {
    const src = this.tokens.forward(x).add(this.positions.forward(arange(x.shape[1]!)));
    return this.head.forward(this.encoder.forward({ src, isCausal: true }, context));
  }
}

/** Batch, and initial weights by name: of matrices random, of gains 1, of shifts 0. */
export function transformerInputs(model: Module, sizes: TransformerSizes) {
  const { characters, positions, batch } = sizes;
  const named = [...model.namedParameters()].toSorted(([a], [b]) => a < b ? -1 : 1);
  const initial = named.map(([name, { shape, size }], i): [string, Float32Array] => {
    if (shape.length > 1) return [name, values(size, 10 + i, Math.sqrt(3 / shape[1]!))];
    return [name, new Float32Array(size).fill(name.endsWith("weight") ? 1 : 0)];
  });
  return {
    x: labels(batch * positions, 1, characters),
    y: labels(batch * positions, 2, characters),
    initial: new Map(initial),
  };
}

/** FLOPs of the matrix products of a step: 6 for each weight and position, and those of attention. */
export function transformerStepFlops(
  { characters, width, layers, positions, batch }: TransformerSizes,
): number {
  const weights = layers * 12 * width * width + characters * width;
  const scores = layers * 2 * positions * width;
  return 6 * batch * positions * (weights + scores);
}

import * as gs from "../../mod.ts";
import { type Calls, count, positive, rate } from "./calls.ts";

const layer = { dimFeedforward: 8, dropout: 0.1, layerNormEps: 1e-5 };
const accepts = { dropout: count, layerNormEps: rate };
const encoderLayer = () => new gs.TransformerEncoderLayer(4, 2, layer);
const decoderLayer = () => new gs.TransformerDecoderLayer(4, 2, layer);
const matrix = () => gs.tensor([[1, 2], [3, 4], [5, 6]]);

/** Embeddings, attention, and transformers. */
export const attentionCalls: Calls = {
  "layers.Embedding": { args: () => [5, 3, { paddingIdx: 1 }], accepts: { paddingIdx: [0, -1] } },
  "layers.MultiheadAttention": {
    args: () => [4, 1, { dropout: 0.1 }],
    accepts: { dropout: count },
  },
  "layers.positionalEncoding": { args: () => [3, 4] },
  "layers.scaledDotProductAttention": {
    args: () => [matrix(), matrix(), matrix(), { scale: 0.5 }],
    accepts: { scale: positive },
  },
  "layers.TransformerDecoder": { args: () => [decoderLayer, 1] },
  "layers.TransformerDecoderLayer": { args: () => [4, 1, layer], accepts },
  "layers.TransformerEncoder": { args: () => [encoderLayer, 1] },
  "layers.TransformerEncoderLayer": { args: () => [4, 1, layer], accepts },
};

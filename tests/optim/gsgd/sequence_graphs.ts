/** Embeddings, attention, and transformer layers: what the pass finds in networks with them. */
import { type Tensor, tensor } from "../../../autograd/mod.ts";
import * as layers from "../../../layers/mod.ts";
import type { GraphCase } from "./graph_case.ts";
import { network, type NetworkBuilder } from "./network.ts";

/** Rows of a table of 6 for 5 samples: each at least once, and one three times. */
const tokens = tensor(Int32Array.of(0, 1, 2, 3, 4, 5, 1, 1, 2, 0), [5, 2]);

/** Looks up tokens, whatever the input, and applies a hidden layer to the sum of each sample. */
function ofTokens(table: layers.Embedding, change = (x: Tensor) => x) {
  return (_: Tensor, net: NetworkBuilder): Tensor => {
    const rows = change(net.layer(table, tokens, "embedding"));
    return net.linear(net.linear(rows.sum(1).relu(), 3, "W1").relu(), 2, "W2");
  };
}

/** A layer of sequences as one of tensors. */
class Sequences extends layers.Module {
  constructor(
    readonly layer: layers.Module<never, unknown>,
    readonly run: (x: Tensor) => Tensor,
  ) {
    super();
  }
  override children(): ReadonlyMap<string, layers.Module<never, unknown>> {
    return this.layer.children();
  }
  override initializeAt(...given: Parameters<layers.Module["initializeAt"]>): void {
    this.layer.initializeAt(...given);
  }
  override parameters() {
    return this.layer.parameters();
  }
  override forward(x: Tensor): Tensor {
    return this.run(x);
  }
}

/** 3 positions of 4 features, a layer, and a linear layer of their mean. */
function ofSequences(make: () => Sequences) {
  return network(12, (x, net) => {
    const y = net.layer(make(), x.reshape([5, 3, 4]), "layer");
    return net.linear(y.mean(1), 2, "head");
  });
}

function attention(options: layers.MultiheadAttentionOptions = {}): Sequences {
  const layer = new layers.MultiheadAttention(4, 2, options);
  return new Sequences(layer, (query) => layer.forward({ query, isCausal: true }).output);
}

function encoderLayer(normFirst: boolean): Sequences {
  const options = { dimFeedforward: 5, dropout: 0, normFirst };
  const layer = new layers.TransformerEncoderLayer(4, 2, options);
  return new Sequences(layer, (src) => layer.forward({ src, isCausal: true }));
}

function decoderLayer(): Sequences {
  const layer = new layers.TransformerDecoderLayer(4, 2, { dimFeedforward: 5, dropout: 0 });
  return new Sequences(layer, (tgt) => layer.forward({ tgt, memory: tgt, tgtIsCausal: true }));
}

/** All of them. */
export const sequenceCases: readonly GraphCase[] = [
  {
    graph: "embedding",
    network: network(1, ofTokens(new layers.Embedding(6, 4))),
    counts: [7, 7, 4],
    classes: { "embedding.weight": "first", "W1.weight": "interior", "W2.weight": "last" },
    segments: 1,
  },
  {
    graph: "embedding with padding",
    network: network(1, ofTokens(new layers.Embedding(6, 4, { paddingIdx: 1 }))),
    counts: [3, 3, 3],
    classes: {
      "embedding.weight": "outside: shared-weight",
      "W1.weight": "first",
      "W2.weight": "last",
    },
  },
  {
    graph: "embedding and positions",
    network: network(
      1,
      ofTokens(new layers.Embedding(6, 4), (x) => x.add(layers.positionalEncoding(2, 4))),
    ),
    counts: [3, 3, 3],
    classes: {
      "embedding.weight": "outside: not-homogeneous:add",
      "W1.weight": "first",
      "W2.weight": "last",
    },
  },
  {
    graph: "self-attention",
    network: ofSequences(() => attention()),
    counts: [8, 8, 4],
    classes: {
      // the rows of values are edges; those of queries and keys are outside, as the report counts
      "layer.in_proj_weight": "first",
      "layer.in_proj_bias": "bias",
      "layer.out_proj.weight": "interior",
      "layer.out_proj.bias": "bias",
      "head.weight": "last",
    },
    segments: 1,
  },
  {
    graph: "cross-attention",
    network: ofSequences(() => {
      const layer = new layers.MultiheadAttention(4, 2);
      return new Sequences(layer, (query) => layer.forward({ query, key: query.mul(2) }).output);
    }),
    // queries, keys, and values use parts of one weight
    counts: [4, 4, 4],
    classes: {
      "layer.in_proj_weight": "outside: shared-weight",
      "layer.out_proj.weight": "first",
      "layer.out_proj.bias": "bias",
      "head.weight": "last",
    },
    segments: 1,
  },
  {
    graph: "encoder layer, norm first",
    network: ofSequences(() => encoderLayer(true)),
    counts: [17, 17, 13],
    classes: {
      "layer.norm1.weight": "gate",
      "layer.norm1.bias": "bias",
      "layer.self_attn.in_proj_weight": "interior",
      "layer.self_attn.in_proj_bias": "bias",
      "layer.self_attn.out_proj.weight": "last",
      "layer.self_attn.out_proj.bias": "outside: not-homogeneous:add",
      "layer.norm2.weight": "gate",
      "layer.norm2.bias": "bias",
      "layer.linear1.weight": "interior",
      "layer.linear1.bias": "bias",
      "layer.linear2.weight": "last",
      "layer.linear2.bias": "outside: residual-add",
      "head.weight": "outside: residual-add",
    },
    segments: 2,
  },
  {
    graph: "encoder layer, norm last",
    network: ofSequences(() => encoderLayer(false)),
    counts: [13, 13, 13],
    classes: {
      "layer.self_attn.in_proj_weight": "first",
      "layer.self_attn.out_proj.weight": "last",
      "layer.norm1.weight": "outside: not-homogeneous:div (layer.norm1 LayerNorm)",
      "layer.linear1.weight": "first",
      "layer.linear2.weight": "last",
      "layer.norm2.weight": "gate",
      "layer.norm2.bias": "bias",
      "head.weight": "last",
    },
    segments: 3,
  },
  {
    // The weight of cross-attention is used in parts, for what is decoded and for the memory.
    graph: "decoder layer",
    network: ofSequences(decoderLayer),
    counts: [13, 13, 13],
    classes: {
      "layer.self_attn.in_proj_weight": "first",
      "layer.self_attn.out_proj.weight": "last",
      "layer.multihead_attn.in_proj_weight": "outside: shared-weight",
      "layer.multihead_attn.out_proj.weight": "outside: not-homogeneous:matmul",
      "layer.linear1.weight": "first",
      "layer.linear2.weight": "last",
      "layer.norm3.weight": "gate",
      "head.weight": "last",
    },
    segments: 3,
  },
];

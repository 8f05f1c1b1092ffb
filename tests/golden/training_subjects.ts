// How this library computes what make_training_goldens.py trains, by the names that it exports.
import * as gs from "../../mod.ts";

/** The inputs of a run by name. Every use names one that the golden file has. */
export type Inputs = Readonly<Record<string, gs.Tensor>>;

/** A layer or a loss. */
export interface Subject {
  /** The module, if it has parameters. */
  readonly module?: gs.AnyModule;
  /** A scalar is the loss itself. */
  readonly run: (inputs: Inputs, context: gs.ForwardContext) => gs.Tensor;
}

type Layer = gs.Module<gs.Tensor, gs.Tensor>;

const of = (make: () => Layer) => (): Subject => {
  const module = make();
  return { module, run: ({ x }, context) => module.forward(x!, context) };
};
const apply = (run: (x: gs.Tensor) => gs.Tensor) => (): Subject => ({ run: ({ x }) => run(x!) });
const pair = (loss: (x: gs.Tensor, y: gs.Tensor, z: gs.Tensor) => gs.Tensor) => (): Subject => ({
  run: ({ x, y, z }) => loss(x!, y!, z!),
});

type Last = gs.Tensor | gs.LSTMState;

/** The outputs and the last state side by side. */
const recurrent =
  (make: () => gs.Module<gs.SequenceInputs<never>, gs.SequenceOutput<Last>>) => (): Subject => {
    const module = make();
    const lengths = gs.tensor([5, 3], "i32");
    const run = ({ x }: Inputs, context: gs.ForwardContext) => {
      const { output, state } = module.forward({ x: x!, lengths }, context);
      const h = state instanceof gs.Tensor ? state : state.h;
      return gs.concat([output.reshape(2, -1), h.transpose(0, 1).reshape(2, -1)], 1);
    };
    return { module, run };
  };

const cell = (make: () => gs.Module<gs.CellInputs<gs.Tensor>, gs.Tensor>) => (): Subject => {
  const module = make();
  return { module, run: ({ x, h }) => module.forward({ x: x!, state: h! }) };
};

const sequences = { numLayers: 2, bidirectional: true, batchFirst: true };
const block = { dimFeedforward: 6, dropout: 0 };
const padded = () => gs.tensor([[0, 0, 1], [0, 0, 0]], "bool");
const encoderLayer = () =>
  new gs.TransformerEncoderLayer(8, 2, { ...block, normFirst: true, activation: "gelu" });
const decoderLayer = () => new gs.TransformerDecoderLayer(8, 2, block);

const encoder = (make: () => gs.Module<gs.EncoderInputs, gs.Tensor>) => (): Subject => {
  const module = make();
  return {
    module,
    run: ({ src }, context) => module.forward({ src: src!, isCausal: true }, context),
  };
};
const decoder = (make: () => gs.Module<gs.DecoderInputs, gs.Tensor>) => (): Subject => {
  const module = make();
  const run = ({ tgt, memory }: Inputs, context: gs.ForwardContext) =>
    module.forward(
      { tgt: tgt!, memory: memory!, tgtIsCausal: true, memoryKeyPaddingMask: padded() },
      context,
    );
  return { module, run };
};
const small = { widths: [2, 3, 4], classes: 5 };
const norm = () => new gs.LayerNorm(8);

const activations = {
  ReLU: of(() => new gs.ReLU()),
  LeakyReLU: of(() => new gs.LeakyReLU(0.2)),
  Sigmoid: of(() => new gs.Sigmoid()),
  Tanh: of(() => new gs.Tanh()),
  GELU: of(() => new gs.GELU()),
  ELU: of(() => new gs.ELU(0.7)),
  Hardswish: of(() => new gs.Hardswish()),
  SELU: of(() => new gs.SELU()),
  SiLU: of(() => new gs.SiLU()),
  Softmax: of(() => new gs.Softmax(1)),
  Softplus: of(() => new gs.Softplus(2)),
  elu: apply((x) => gs.elu(x, 0.7)),
  hardswish: apply(gs.hardswish),
  selu: apply(gs.selu),
  silu: apply(gs.silu),
  softplus: apply((x) => gs.softplus(x, 2)),
};

const layers = {
  Linear: of(() => new gs.Linear(4, 3)),
  Flatten: of(() => new gs.Flatten()),
  Sequential: of(() => new gs.Sequential(new gs.Linear(4, 5), new gs.Tanh(), new gs.Linear(5, 2))),
  Lambda: of(() => new gs.Lambda((x) => x.square())),
  Embedding: of(() => new gs.Embedding(6, 3)),
  Conv1d: of(() => new gs.Conv1d(4, 6, 3, { stride: 2, padding: 1, groups: 2 })),
  Conv2d: of(() => new gs.Conv2d(2, 3, [3, 2], { stride: [1, 2], padding: 1, dilation: [2, 1] })),
  Conv3d: of(() => new gs.Conv3d(2, 3, 2, { padding: 1, stride: [1, 2, 1] })),
  ConvTranspose1d: of(() =>
    new gs.ConvTranspose1d(4, 2, 4, { stride: 3, padding: 1, outputPadding: 1 })
  ),
  ConvTranspose2d: of(() => {
    const sizes = { stride: [2, 1], padding: 1, outputPadding: [1, 0], groups: 2 } as const;
    return new gs.ConvTranspose2d(2, 4, 3, sizes);
  }),
  BatchNorm1d: of(() => new gs.BatchNorm1d(3)),
  BatchNorm2d: of(() => new gs.BatchNorm2d(3)),
  GroupNorm: of(() => new gs.GroupNorm(2, 4)),
  LayerNorm: of(() => new gs.LayerNorm(5)),
  RMSNorm: of(() => new gs.RMSNorm(5)),
  InstanceNorm1d: of(() => new gs.InstanceNorm1d(3, { affine: true })),
  InstanceNorm2d: of(() => new gs.InstanceNorm2d(3, { affine: true })),
  MaxPool1d: of(() => new gs.MaxPool1d(3, { stride: 2, padding: 1 })),
  AvgPool1d: of(() => new gs.AvgPool1d(3, { stride: 2, padding: 1 })),
  AdaptiveAvgPool1d: of(() => new gs.AdaptiveAvgPool1d(3)),
  MaxPool2d: of(() => new gs.MaxPool2d([3, 2], { stride: 2, padding: 1 })),
  AvgPool2d: of(() => new gs.AvgPool2d(3, { stride: 2, padding: 1 })),
  AdaptiveAvgPool2d: of(() => new gs.AdaptiveAvgPool2d([2, 3])),
  GlobalAvgPool2d: of(() => new gs.GlobalAvgPool2d()),
  PixelShuffle: of(() => new gs.PixelShuffle(2)),
  PixelUnshuffle: of(() => new gs.PixelUnshuffle(2)),
  Upsample: of(() => new gs.Upsample(2, { mode: "bilinear" })),
  ZeroPad1d: of(() => new gs.ZeroPad1d([2, 1])),
  ConstantPad1d: of(() => new gs.ConstantPad1d([2, 1], 0.5)),
  ReflectionPad1d: of(() => new gs.ReflectionPad1d([2, 1])),
  ReplicationPad1d: of(() => new gs.ReplicationPad1d([2, 1])),
  ZeroPad2d: of(() => new gs.ZeroPad2d([1, 2, 0, 1])),
  ConstantPad2d: of(() => new gs.ConstantPad2d([1, 2, 0, 1], -1.5)),
  ReflectionPad2d: of(() => new gs.ReflectionPad2d([1, 2, 0, 1])),
  ReplicationPad2d: of(() => new gs.ReplicationPad2d([1, 2, 0, 1])),
  BasicBlock: of(() =>
    new gs.BasicBlock({ inChannels: 2, outChannels: 3, stride: 2, shortcut: "A" })
  ),
  ResNet: of(() => new gs.ResNet(8, small)),
  PlainNet: of(() => new gs.PlainNet(8, small)),
  VGG: of(() => new gs.VGG("3-M-4", { classes: 5 })),
};

const sequenceLayers = {
  RNN: recurrent(() => new gs.RNN(3, 4, sequences)),
  LSTM: recurrent(() => new gs.LSTM(3, 4, sequences)),
  GRU: recurrent(() => new gs.GRU(3, 4, sequences)),
  RNNCell: cell(() => new gs.RNNCell(3, 4)),
  GRUCell: cell(() => new gs.GRUCell(3, 4)),
  LSTMCell: (): Subject => {
    const module = new gs.LSTMCell(3, 4);
    const run = ({ x, h, c }: Inputs) => {
      const next = module.forward({ x: x!, state: { h: h!, c: c! } });
      return gs.concat([next.h, next.c], 1);
    };
    return { module, run };
  },
  scaledDotProductAttention: (): Subject => ({
    run: ({ query, key, value }) =>
      gs.scaledDotProductAttention(query!, key!, value!, { isCausal: true }),
  }),
  MultiheadAttention: (): Subject => {
    const module = new gs.MultiheadAttention(8, 2);
    const run = ({ query, key, value }: Inputs) =>
      module.forward({ query: query!, key: key!, value: value!, keyPaddingMask: padded() }).output;
    return { module, run };
  },
  TransformerEncoderLayer: encoder(encoderLayer),
  TransformerEncoder: encoder(() => new gs.TransformerEncoder(encoderLayer, 2, { norm: norm() })),
  TransformerDecoderLayer: decoder(decoderLayer),
  TransformerDecoder: decoder(() => new gs.TransformerDecoder(decoderLayer, 2, { norm: norm() })),
};

const losses = {
  crossEntropy: pair((x, y) => gs.crossEntropy(x, y, { labelSmoothing: 0.1 })),
  crossEntropyPerSample: pair((x, y) => gs.crossEntropyPerSample(x, y).sum()),
  nllLoss: pair((x, y) => gs.nllLoss(x.logSoftmax(), y)),
  binaryCrossEntropyWithLogits: pair((x, y) => gs.binaryCrossEntropyWithLogits(x, y)),
  klDiv: pair((x, y) => gs.klDiv(x.logSoftmax(), y.softmax(), { reduction: "batchmean" })),
  mse: pair((x, y) => gs.mse(x, y)),
  l1Loss: pair((x, y) => gs.l1Loss(x, y)),
  huberLoss: pair((x, y) => gs.huberLoss(x, y, { delta: 0.5 })),
  smoothL1Loss: pair((x, y) => gs.smoothL1Loss(x, y, { beta: 0.5 })),
  hingeEmbeddingLoss: pair((x, y) => gs.hingeEmbeddingLoss(x, y, { margin: 0.8 })),
  cosineEmbeddingLoss: pair((x, y, z) => gs.cosineEmbeddingLoss(x, z, y, { margin: 0.2 })),
};

/** Every exported layer and loss; coverage_test.ts says which exports are neither. */
export const trainingSubjects: Readonly<Record<string, () => Subject>> = {
  ...activations,
  ...layers,
  ...sequenceLayers,
  ...losses,
};

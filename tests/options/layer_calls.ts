import * as gs from "../../mod.ts";
import { type Calls, count, element, finite, positive, rate } from "./calls.ts";
import { axis, x } from "./tensor_calls.ts";

const logits = () => [gs.zeros([2, 3]), gs.tensor([0, 1], [2], "i32")];
const labels = { ignoreIndex: [0, -1] };
const image = () => gs.initialize(new gs.Sequential([new gs.Conv2d(1, 2, 3)]), { seed: 1 });
const recurrent = {
  numLayers: 2,
  bidirectional: true,
  batchFirst: true,
  dropout: 0.5,
  bias: false,
};
const samples = (name: string) => ({ [name]: [[]], [`${name}[]`]: count });
const norm = { eps: rate, momentum: [0] };
const network = () => ({ classes: 2, channels: 1, widths: [2, 2, 2] });

/** Layers, losses and models. */
export const layerCalls: Calls = {
  "layers.AdaptiveAvgPool2d": { args: () => [[2, 2]] },
  "layers.AvgPool2d": { args: () => [2, { stride: 1, padding: 0 }], accepts: { padding: count } },
  "layers.BasicBlock": {
    args: () => [{ inChannels: 2, outChannels: 2, stride: 1, shortcut: "A" }],
  },
  "layers.BatchNorm1d": { args: () => [2, { eps: 1e-5, momentum: 0.1 }], accepts: norm },
  "layers.BatchNorm2d": { args: () => [2, { eps: 1e-5, momentum: 0.1 }], accepts: norm },
  "layers.Conv2d": {
    args: () => [4, 2, 3, { stride: 1, padding: [1, 1], dilation: [1, 1], groups: 1 }],
    accepts: { padding: count, "padding[]": count },
  },
  "layers.Dropout": { args: () => [0.5], accepts: { rate: count } },
  "layers.Dropout.forward": {
    on: () => gs.initialize(new gs.Dropout(0.5), { seed: 1 }),
    args: () => [x(), { training: true, counter: gs.full(0, [], "i32"), seed: 1 }],
    accepts: { seed: count },
  },
  "layers.ConstantPad2d": {
    args: () => [[1, 1, 1, 1], 0.5],
    accepts: { padding: count, "padding[]": count, value: element },
  },
  "layers.ELU": { args: () => [1], accepts: { alpha: finite } },
  "layers.GroupNorm": { args: () => [1, 2, { eps: 1e-5 }], accepts: { eps: rate } },
  "layers.InstanceNorm1d": { args: () => [2, { eps: 1e-5 }], accepts: { eps: rate } },
  "layers.InstanceNorm2d": { args: () => [2, { eps: 1e-5 }], accepts: { eps: rate } },
  "layers.LayerNorm": { args: () => [[2, 3], { eps: 1e-5 }], accepts: { eps: rate } },
  "layers.LeakyReLU": { args: () => [0.1], accepts: { slope: finite } },
  "layers.GRU": { args: () => [2, 3, recurrent], accepts: { dropout: count } },
  "layers.GRUCell": { args: () => [2, 3, { bias: true }] },
  "layers.LSTM": { args: () => [2, 3, recurrent], accepts: { dropout: count } },
  "layers.LSTMCell": { args: () => [2, 3, { bias: true }] },
  "layers.RNN": {
    args: () => [2, 3, { ...recurrent, nonlinearity: "relu" }],
    accepts: { dropout: count },
  },
  "layers.RNNCell": { args: () => [2, 3, { bias: true, nonlinearity: "relu" }] },
  "layers.Linear": { args: () => [2, 3] },
  "layers.MaxPool2d": {
    args: () => [2, { stride: [1, 1], padding: 0 }],
    accepts: { padding: count },
  },
  "layers.PlainNet": { args: () => [8, network()] },
  "layers.ResNet": { args: () => [8, network()] },
  "layers.RMSNorm": { args: () => [[2, 3], { eps: 1e-5 }], accepts: { eps: rate } },
  "layers.RandomStream": { args: () => [1, "weight"], accepts: { seed: count } },
  "layers.Softmax": { args: () => [1], accepts: { axis } },
  "layers.Softplus": { args: () => [1], accepts: { beta: positive } },
  "layers.Upsample": { args: () => [2, { mode: "bilinear" }] },
  "layers.VGG": { args: () => ["2-M", { classes: 2, channels: 1 }] },
  "layers.ZeroPad2d": {
    args: () => [[1, 1, 1, 1]],
    accepts: { padding: count, "padding[]": count },
  },
  "layers.binaryCrossEntropyWithLogits": { args: () => [x(), x(), {}] },
  "layers.cosineEmbeddingLoss": {
    args: () => [x(), x(), gs.ones([2]), { margin: 0.5 }],
    accepts: { margin: [0, -1] },
  },
  "layers.crossEntropy": {
    args: () => [...logits(), { labelSmoothing: 0.1, ignoreIndex: 7 }],
    accepts: { ...labels, labelSmoothing: count },
  },
  "layers.crossEntropyPerSample": {
    args: () => [...logits(), { labelSmoothing: 0.1, ignoreIndex: 7 }],
    accepts: { ...labels, labelSmoothing: count },
  },
  "layers.elu": { args: () => [x(), 1], accepts: { alpha: finite } },
  "layers.hingeEmbeddingLoss": {
    args: () => [x(), gs.ones([2, 3]), { margin: 0.5 }],
    accepts: { margin: finite },
  },
  "layers.huberLoss": { args: () => [x(), x(), { delta: 1 }], accepts: { delta: positive } },
  "layers.initialize": { args: () => [new gs.Linear(2, 2), { seed: 1 }], accepts: { seed: count } },
  "layers.layerSummaries": { args: () => [image(), [1, 5, 5]], accepts: samples("sample") },
  "layers.klDiv": { args: () => [x(), x(), {}] },
  "layers.l1Loss": { args: () => [x(), x(), {}] },
  "layers.mse": { args: () => [x(), x(), {}] },
  "layers.nllLoss": { args: () => [...logits(), { ignoreIndex: 7 }], accepts: labels },
  "layers.normalInit": {
    args: () => [{ mean: 0, std: 1 }],
    accepts: { mean: finite, std: rate },
  },
  "layers.orthogonal": { args: () => [{ gain: 1 }], accepts: { gain: rate } },
  "layers.smoothL1Loss": { args: () => [x(), x(), { beta: 1 }], accepts: { beta: rate } },
  "layers.truncatedNormal": {
    args: () => [{ mean: 0, std: 1, min: -2, max: 2 }],
    accepts: { mean: finite, std: positive, min: finite, max: finite },
  },
  "layers.xavierNormal": { args: () => [{ gain: 1 }], accepts: { gain: rate } },
  "layers.xavierUniform": { args: () => [{ gain: 1 }], accepts: { gain: rate } },
  "layers.softplus": { args: () => [x(), 1], accepts: { beta: positive } },
  "layers.summary": { args: () => [image(), [1, 5, 5]], accepts: samples("sample") },
};

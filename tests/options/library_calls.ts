import * as gs from "../../mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { variableOf } from "../../autograd/mod.ts";
import type { Graph } from "../../graph/mod.ts";
import { type Calls, count, element, finite, HUGE, positive, rate } from "./calls.ts";

const backend = openCpu({ threads: 1 });
const x = () => gs.tensor([[1, 2, 3], [4, 5, 6]]);
const logits = () => [gs.zeros([2, 3]), gs.tensor([0, 1], [2], "i32")];
const labels = { ignoreIndex: [0, -1] };
const axis = [0, -1];
const image = () => gs.initialize(new gs.Sequential([new gs.Conv2d(1, 2, 3)]), { seed: 1 });

const reduction = {
  on: x,
  args: () => [[0]],
  accepts: { axes: [0, -1, []], "axes[]": axis },
};

const placed = () => [0, gs.zeros([1, 3], "i32"), gs.zeros([1, 3])];
const deviation = {
  on: x,
  args: () => [[0], { correction: 0, keepDims: true }],
  accepts: { axes: [0, -1, []], "axes[]": axis, correction: [0, 1.5, HUGE] },
};

const recurrent = {
  numLayers: 2,
  bidirectional: true,
  batchFirst: true,
  dropout: 0.5,
  bias: false,
};

/** Tensors: their methods and what makes them. */
export const tensorCalls: Calls = {
  "autograd.compileForBatches": {
    args: () => [{ x: gs.f32([2]) }, () => ({}), { most: 2, label: "step", shared: {} }],
  },
  "autograd.CompiledForBatches.prepare": {
    on: () => gs.compileForBatches({ x: gs.f32([2]) }, () => ({}), { backend }),
    args: () => [3],
  },
  "autograd.scan": {
    args: () => [
      (h: gs.Tensor) => [h, h],
      gs.zeros([2]),
      undefined,
      { length: 3, reverse: false, recompute: true },
    ],
    accepts: { length: count },
  },
  "autograd.Tensor.argmax": { on: x, args: () => [0], accepts: { axis } },
  "autograd.Tensor.argmin": { on: x, args: () => [0], accepts: { axis } },
  "autograd.Tensor.broadcastTo": {
    on: x,
    args: () => [[2, 2, 3]],
    accepts: { shape: [[], 0], "shape[]": count },
  },
  "autograd.Tensor.clamp": { on: x, args: () => [0, 1], accepts: { low: element, high: element } },
  "autograd.Tensor.all": reduction,
  "autograd.Tensor.any": reduction,
  "autograd.Tensor.diag": { on: x, args: () => [0], accepts: { offset: axis } },
  "autograd.Tensor.flip": {
    on: x,
    args: () => [[0]],
    accepts: { axes: [0, -1, []], "axes[]": axis },
  },
  "autograd.Tensor.narrow": {
    on: x,
    args: () => [0, 0, 1],
    accepts: { axis, start: axis, size: count },
  },
  "autograd.Tensor.norm": {
    on: x,
    args: () => [2, [0]],
    accepts: { order: [0, -1, 1.5, HUGE, Infinity, -Infinity], axes: [0, -1, []], "axes[]": axis },
  },
  "autograd.Tensor.repeat": {
    on: x,
    args: () => [[2, 2]],
    accepts: { counts: [0, []], "counts[]": count },
  },
  "autograd.Tensor.repeatInterleave": {
    on: x,
    args: () => [2, 0],
    accepts: { count, axis },
  },
  "autograd.Tensor.roll": {
    on: x,
    args: () => [[1], [0]],
    accepts: { shift: [0, -1, []], "shift[]": axis, axes: [0, -1, []], "axes[]": axis },
  },
  "autograd.Tensor.split": {
    on: x,
    args: () => [[1, 1], 0],
    accepts: { sizes: [[]], "sizes[]": count, axis },
  },
  "autograd.Tensor.squeeze": {
    on: x,
    args: () => [[0]],
    accepts: { axes: [0, -1, []], "axes[]": axis },
  },
  "autograd.Tensor.argsort": { on: x, args: () => [0, { descending: true }], accepts: { axis } },
  "autograd.Tensor.cumprod": { on: x, args: () => [0], accepts: { axis } },
  "autograd.Tensor.cumsum": { on: x, args: () => [0], accepts: { axis } },
  "autograd.Tensor.indexAdd": {
    on: x,
    args: () => [0, gs.tensor([0, 1], [2], "i32"), x()],
    accepts: { axis: [0, -2] },
  },
  "autograd.Tensor.scatter": { on: x, args: placed, accepts: { axis } },
  "autograd.Tensor.scatterAdd": { on: x, args: placed, accepts: { axis } },
  "autograd.Tensor.sort": { on: x, args: () => [0, { descending: true }], accepts: { axis } },
  "autograd.Tensor.std": deviation,
  "autograd.Tensor.takeAlongAxis": {
    on: x,
    args: () => [gs.zeros([1, 3], "i32"), 0],
    accepts: { axis },
  },
  "autograd.Tensor.tile": {
    on: x,
    args: () => [[2, 2]],
    accepts: { counts: [0, []], "counts[]": count },
  },
  "autograd.Tensor.topk": {
    on: x,
    args: () => [1, 0, { largest: true }],
    accepts: { count, axis },
  },
  "autograd.Tensor.transpose": {
    on: x,
    args: () => [0, 1],
    accepts: { first: axis, second: axis },
  },
  "autograd.Tensor.tril": { on: x, args: () => [0], accepts: { offset: axis } },
  "autograd.Tensor.triu": { on: x, args: () => [0], accepts: { offset: axis } },
  "autograd.Tensor.unsqueeze": { on: x, args: () => [0], accepts: { axis } },
  "autograd.Tensor.var": deviation,
  "autograd.eye": { args: () => [2, 3, 0], accepts: { rows: count, columns: count, offset: axis } },
  "autograd.linspace": {
    args: () => [0, 1, 3],
    accepts: { start: finite, stop: finite, count },
  },
  "autograd.meshgrid": { args: () => [[gs.arange(2)], { indexing: "ij" }] },
  "autograd.stack": { args: () => [[x(), x()], 0], accepts: { axis } },
  "autograd.tensordot": { args: () => [x(), x(), [[0], [0]]], accepts: { axes: count } },
  "autograd.tri": { args: () => [2, 3, 0], accepts: { rows: count, columns: count, offset: axis } },
  "autograd.Tensor.flatten": { on: x, args: () => [0], accepts: { start: axis } },
  "autograd.Tensor.gather": {
    on: x,
    args: () => [gs.tensor([0], [1], "i32"), 0],
    accepts: { axis },
  },
  "autograd.Tensor.leakyRelu": { on: x, args: () => [0.1], accepts: { slope: finite } },
  "autograd.Tensor.logSoftmax": { on: x, args: () => [0], accepts: { axis } },
  "autograd.Tensor.logSumExp": reduction,
  "autograd.Tensor.max": reduction,
  "autograd.Tensor.mean": reduction,
  "autograd.Tensor.min": reduction,
  "autograd.Tensor.oneHot": {
    on: () => gs.tensor([0], [1], "i32"),
    args: () => [3],
    accepts: { classes: count },
  },
  "autograd.Tensor.pad": {
    on: x,
    args: () => [[1, 0], [0, 1], { interior: [0, 0], value: 1 }],
    accepts: {
      "before[]": count,
      "after[]": count,
      "interior[]": count,
      value: element,
    },
  },
  "autograd.Tensor.permute": { on: x, args: () => [[1, 0]], accepts: { "order[]": axis } },
  "autograd.Tensor.prod": reduction,
  "autograd.Tensor.reshape": {
    on: x,
    args: () => [[6]],
    accepts: { shape: [[], 0, -1], "shape[]": axis },
  },
  "autograd.Tensor.slice": {
    on: x,
    args: () => [[0, 0], [1, 1], [1, 1]],
    accepts: { "starts[]": count, "sizes[]": count },
  },
  "autograd.Tensor.softmax": { on: x, args: () => [0], accepts: { axis } },
  "autograd.Tensor.sum": reduction,
  "autograd.Variable": {
    args: () => ["v", { dtype: "f32", shape: [2] }],
    accepts: { shape: [[]], "shape[]": count },
  },
  "autograd.arange": {
    args: () => [0, 3, 1],
    accepts: { start: finite, stop: finite, step: [1.5, HUGE] },
  },
  "autograd.compile": { args: () => [{}, () => ({ outputs: { x: x() } }), { backend }] },
  "autograd.evaluate": { args: () => [[x()], { backend }] },
  "autograd.concat": { args: () => [[x(), x()], 0], accepts: { axis } },
  "autograd.f32": { args: () => [[2]], accepts: { shape: [[]], "shape[]": count } },
  "autograd.full": {
    args: () => [1, [2]],
    accepts: { value: element, shape: [[]], "shape[]": count },
  },
  "autograd.i32": { args: () => [[2]], accepts: { shape: [[]], "shape[]": count } },
  "autograd.ones": { args: () => [[2]], accepts: { shape: [[]], "shape[]": count } },
  "autograd.tensor": {
    args: () => [[1, 2], [2]],
    accepts: { shape: [[]], "shape[]": count },
  },
  "autograd.where": { args: () => [x().less(2), x(), 0], data: ["a", "b"] },
  "autograd.zeros": { args: () => [[2]], accepts: { shape: [[]], "shape[]": count } },
};

/** A sample without axes, or without elements, is not what these models take. */
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

const adam = { learningRate: 0.1, weightDecay: 0.1, betas: [0.9, 0.99], eps: 1e-8 };
const adamAccepts = { learningRate: rate, weightDecay: rate, "betas[]": count, eps: rate };
const orthogonal = { momentum: 0.9, nsCoefficients: [3, -4, 2], nsSteps: 2, eps: 1e-7 };
const orthogonalAccepts = { momentum: count, "nsCoefficients[]": finite, eps: rate };
const plateauOptions = {
  ...{ factor: 0.5, patience: 2, threshold: 0.1, cooldown: 1 },
  ...{ minRate: 0.01, eps: 1e-8 },
};
const gsgd = () => ({ ratioClamp: [0.5, 2], basisPathPenalty: 0.1, failedSegments: [9] });
const gsgdAccepts = {
  "ratioClamp[]": [1.5],
  basisPathPenalty: rate,
  failedSegments: [[]],
  "failedSegments[]": count,
};
const failedAccepts = { failedSegments: [[]], "failedSegments[]": count };

function trained(): { graph: Graph; parameters: readonly gs.Variable[] } {
  const layers = [new gs.Linear(2, 3), new gs.ReLU(), new gs.Linear(3, 1)];
  const model = gs.initialize(new gs.Sequential(layers), { seed: 1 });
  const optimizer = new gs.Optimizer(model.parameters(), gs.sgd({ learningRate: 0.1 }));
  const { graph } = gs.trace({ x: gs.f32([4, 2]) }, ({ x }) => ({
    updates: optimizer.minimize(model.forward(x).square().mean()),
  }));
  const parameters = model.parameters().map(({ node }) => variableOf(node));
  return { graph, parameters };
}

function optimizer(): gs.Optimizer {
  const parameter = new gs.Parameter("w", { dtype: "f32", shape: [2] });
  return new gs.Optimizer([parameter], gs.sgd({ learningRate: 0.1 }));
}

function planned(): [gs.GsgdPlan, readonly gs.Variable[]] {
  const { graph, parameters } = trained();
  return [gs.planGsgd(graph), parameters];
}

/** Optimizers, schedules, G-SGD and Path-SGD. */
export const optimCalls: Calls = {
  "optim.GradientAccumulator": { args: () => [optimizer(), { reduction: "sum" }] },
  "optim.GradientAccumulator.accumulate": {
    on: () => new gs.GradientAccumulator(optimizer()),
    args: () => [gs.full(0, []), { weight: 2 }],
    accepts: { weight: positive },
  },
  "optim.adagrad": {
    args: () => [{
      ...{ learningRate: 0.1, lrDecay: 0.1, weightDecay: 0.1 },
      ...{ initialAccumulatorValue: 0.1, eps: 1e-8 },
    }],
    accepts: {
      learningRate: rate,
      lrDecay: rate,
      weightDecay: rate,
      initialAccumulatorValue: rate,
      eps: rate,
    },
  },
  "optim.adam": { args: () => [adam], accepts: adamAccepts },
  "optim.adamW": { args: () => [adam], accepts: adamAccepts },
  "optim.adamax": { args: () => [adam], accepts: adamAccepts },
  "optim.clipByGlobalNorm": { args: () => [1], accepts: { maxNorm: positive } },
  "optim.clipByValue": { args: () => [1], accepts: { limit: positive } },
  "optim.constant": { args: () => [0.1], accepts: { rate } },
  "optim.cosine": { args: () => [0.1, { steps: 9, final: 0.01 }], accepts: { rate, final: rate } },
  "optim.cosineWarmRestarts": {
    args: () => [0.1, { steps: 9, factor: 2, final: 0.01 }],
    accepts: { rate, final: rate },
  },
  "optim.exponential": { args: () => [0.1, { factor: 0.9 }], accepts: { rate, factor: positive } },
  "optim.frozenSkeleton": { args: () => [{ failedSegments: [9] }], accepts: failedAccepts },
  "optim.gsgd": { args: () => [gsgd()], accepts: gsgdAccepts },
  "optim.initializeSkeleton": {
    args: () => [...planned(), "one", { signSeed: 1 }],
    accepts: { signSeed: count },
  },
  "optim.lamb": { args: () => [adam], accepts: adamAccepts },
  "optim.linear": { args: () => [0.1, { steps: 9, final: 0.01 }], accepts: { rate, final: rate } },
  "optim.lion": {
    args: () => [{ learningRate: 0.1, weightDecay: 0.1, betas: [0.9, 0.99] }],
    accepts: { learningRate: rate, weightDecay: rate, "betas[]": count },
  },
  "optim.momentum": {
    args: () => [{ momentum: 0.9, dampening: 0.1 }],
    accepts: { momentum: count, dampening: count },
  },
  "optim.multiStep": {
    args: () => [0.1, { milestones: [2, 4], factor: 0.1 }],
    accepts: { rate, milestones: [[]], "milestones[]": count, factor: rate },
  },
  "optim.muon": {
    args: () => [{ learningRate: 0.1, weightDecay: 0.1, ...orthogonal }],
    accepts: { learningRate: rate, weightDecay: rate, ...orthogonalAccepts },
  },
  "optim.nadam": {
    args: () => [{ ...adam, momentumDecay: 0.004 }],
    accepts: { ...adamAccepts, momentumDecay: rate },
  },
  "optim.oneCycle": {
    args: () => [0.1, { steps: 9, pctStart: 0.3, divFactor: 25, finalDivFactor: 1e4 }],
    accepts: { maxRate: rate, divFactor: positive, finalDivFactor: positive },
  },
  "optim.pathSgd": { args: () => [{}] },
  "optim.planGsgd": { args: () => [trained().graph, gsgd()], accepts: gsgdAccepts },
  "optim.polynomial": {
    args: () => [0.1, { steps: 9, final: 0.01, power: 2 }],
    accepts: { rate, final: rate, power: rate },
  },
  "optim.rateAt": { args: () => [0.1, gs.full(0, [], "i32").node], accepts: { rate } },
  "optim.ReduceLROnPlateau": {
    args: () => [0.1, plateauOptions],
    accepts: {
      rate,
      factor: count,
      patience: count,
      threshold: rate,
      cooldown: count,
      minRate: rate,
      eps: rate,
    },
  },
  "optim.ReduceLROnPlateau.step": {
    on: () => new gs.ReduceLROnPlateau(0.1),
    args: () => [1],
    accepts: { metric: element },
  },
  "optim.rescaleNodes": {
    args: () => [...planned(), { range: 4, seed: 1 }],
    accepts: { range: positive, seed: count },
  },
  "optim.rmsProp": {
    args: () => [{ learningRate: 0.1, weightDecay: 0.1, alpha: 0.9, eps: 1e-8 }],
    accepts: { learningRate: rate, weightDecay: rate, alpha: count, eps: rate },
  },
  "optim.scaleByAdagrad": {
    args: () => [{ initialAccumulatorValue: 0.1, eps: 1e-8 }],
    accepts: { initialAccumulatorValue: rate, eps: rate },
  },
  "optim.scaleByAdam": {
    args: () => [{ betas: [0.9, 0.99], eps: 1e-8 }],
    accepts: { "betas[]": count, eps: rate },
  },
  "optim.scaleByAdamax": {
    args: () => [{ betas: [0.9, 0.99], eps: 1e-8 }],
    accepts: { "betas[]": count, eps: rate },
  },
  "optim.scaleByLearningRate": { args: () => [0.1], accepts: { rate } },
  "optim.scaleByLion": { args: () => [{ betas: [0.9, 0.99] }], accepts: { "betas[]": count } },
  "optim.scaleByMuon": { args: () => [orthogonal], accepts: orthogonalAccepts },
  "optim.scaleByNAdam": {
    args: () => [{ betas: [0.9, 0.99], eps: 1e-8, momentumDecay: 0.004 }],
    accepts: { "betas[]": count, eps: rate, momentumDecay: rate },
  },
  "optim.scaleByRms": {
    args: () => [{ alpha: 0.9, eps: 1e-8 }],
    accepts: { alpha: count, eps: rate },
  },
  "optim.sgd": {
    args: () => [{ learningRate: 0.1, momentum: 0.9, dampening: 0.1, weightDecay: 0.1 }],
    accepts: { learningRate: rate, momentum: count, dampening: count, weightDecay: rate },
  },
  "optim.stepDecay": {
    args: () => [0.1, { every: 5, factor: 0.1 }],
    accepts: { rate, factor: [1.5, HUGE] },
  },
  "optim.warmUp": { args: () => [gs.constant(0.1), { steps: 5 }], accepts: { steps: count } },
  "optim.weightDecay": { args: () => [0.1], accepts: { decay: rate } },
};

import * as gs from "../../mod.ts";
import { variableOf } from "../../autograd/mod.ts";
import type { Graph } from "../../graph/mod.ts";
import { type Calls, count, element, finite, HUGE, positive, rate } from "./calls.ts";

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

const weight = new gs.Parameter("w", { dtype: "f32", shape: [2] });

function optimizer(): gs.Optimizer {
  return new gs.Optimizer([weight], gs.sgd({ learningRate: 0.1 }));
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
    args: () => [weight.sum(), { weight: 2 }],
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

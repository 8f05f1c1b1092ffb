import { f32, ones, Tensor } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { holdOut, makeSynthetic } from "../../datasets/mod.ts";
import { alone } from "../../distributed/mod.ts";
import { fixedCounter } from "../../graph/mod.ts";
import { initialize, Linear } from "../../layers/mod.ts";
import { Optimizer, sgd } from "../../optim/mod.ts";
import { Evaluation, Mixup, placeSplit } from "../../train/mod.ts";
import { type Calls, count, HUGE } from "./calls.ts";

const dataset = makeSynthetic({
  seed: 1,
  classes: 2,
  sampleShape: [3],
  trainCount: 4,
  testCount: 2,
  noise: 0.1,
});
const place = { shape: [3], name: "train", bytesPerBuffer: 999 };
const split = () => placeSplit(dataset, dataset.train, place);
const model = () => initialize(new Linear(3, 2), { seed: 1 });
const step = () => new Tensor(fixedCounter(1));
const mixing = { alpha: 0.4, seed: 1, stepsPerEpoch: 2, classes: 2 };
const mixup = () => new Mixup(mixing);
const backend = openCpu({ threads: 1 });
const constant = () => ({ outputs: { one: ones([2]) } });

const ranks = { "communicator.rank": count, "communicator.size": [HUGE] };

/** A sample without axes, or without elements, is not one of the dataset. */
const samples = { sampleShape: [[]], "sampleShape[]": count };
const trainer = () => {
  const trained = model();
  const optimizer = new Optimizer(trained.parameters(), sgd({ learningRate: 0.1 }));
  const data = holdOut(dataset, { count: 1, seed: 1 });
  const sizes = { batchSize: 2, epochs: 1, seed: 1, sampleShape: [3], mixup: 0.4, patience: 1 };
  const communicator = { ...alone };
  return { model: trained, optimizer, data, ...sizes, backend, communicator };
};

/** Training loops and their parts. */
export const trainCalls: Calls = {
  "train.AUROC": { args: () => [100] },
  "train.ConfusionMatrix": { args: () => [3] },
  "train.TopKAccuracy": { args: () => [3] },
  "distributed.rowsOfRank": {
    args: () => [5, { rank: 1, size: 2 }],
    accepts: { rank: count, rows: [HUGE], size: [] },
  },
  "distributed.inProcess": { args: () => [2, () => Promise.resolve(1)] },
  "distributed.compileDistributed": {
    args: () => [{ x: f32([2]) }, constant, { communicator: { ...alone }, backend, label: "test" }],
    accepts: ranks,
  },
  "train.drawJitter": {
    args: () => [step(), { rows: 2, seed: 1 }],
    accepts: { seed: count, margin: count },
  },
  "train.Evaluation.create": {
    on: () => Evaluation,
    args:
      () => [model(), split(), { backend, label: "test", count: 3, communicator: { ...alone } }],
    accepts: ranks,
  },
  "train.Mixup": { args: () => [mixing], accepts: { alpha: [1.5, HUGE], seed: count } },
  "train.Mixup.partners": { on: mixup, args: () => [step(), 2] },
  "train.Mixup.setEpoch": { on: mixup, args: () => [1], accepts: { epoch: count } },
  "train.Mixup.sharesOf": { on: mixup, args: () => [1], accepts: { epoch: count } },
  "train.placeSplit": { args: () => [dataset, dataset.train, place] },
  "train.Trainer": {
    args: () => [trainer()],
    accepts: { ...samples, ...ranks, seed: count, mixup: [1.5, HUGE] },
  },
};

// Every exported layer, loss, initializer, optimizer, schedule, and metric has golden values of
// PyTorch, or is listed here with the reason why not. A new export fails until it is.
import { assert, assertEquals } from "@std/assert";
import * as layers from "../../layers/mod.ts";
import * as optim from "../../optim/mod.ts";
import * as train from "../../train/mod.ts";
import { goldenFile, goldenTraining } from "./golden.ts";
import { initializerMakers } from "./initializer_makers.ts";
import { scheduleMakers } from "./schedule_makers.ts";
import { trainingSubjects } from "./training_subjects.ts";

/** Names of exports under the reason why no golden file has them. */
type Reasons = Readonly<Record<string, readonly string[]>>;

const otherLayers: Reasons = {
  "random: tests/layers/dropout_streams_test.ts": ["Dropout"],
  "not in PyTorch; the language model of torch_attention.json adds it": ["positionalEncoding"],
  "a base class of layers that are": [
    ...["BatchNorm", "Convolution", "CopyPad2d", "InstanceNorm", "Module", "Pad1d", "Pad2d"],
    ...["Pool1d", "Recurrent", "RecurrentCell", "ResidualNet"],
  ],
  "neither a layer nor a loss": [
    ...["RandomStream", "countCorrect", "ignoreStatistics", "inference", "initialize"],
    ...["layerSummaries", "summary"],
  ],
};

const otherOptim: Reasons = {
  "in torch_gradients.json: accumulated, clipped, in groups, frozen": [
    ...["GradientAccumulator", "clipByGlobalNorm", "globalNorm", "parameterGroups"],
  ],
  "in torch_schedules.json, under its own key": ["ReduceLROnPlateau"],
  "a part of optimizers that are": [
    ...["Optimizer", "chain", "momentum", "perParameter", "rateAt", "scaleByAdagrad"],
    ...["scaleByAdam", "scaleByAdamax", "scaleByLearningRate", "scaleByLion", "scaleByMuon"],
    ...["scaleByNAdam", "scaleByRms", "scaleByTrustRatio", "weightDecay"],
  ],
  "not in PyTorch: tests/optim/trajectories enumerates the paths": [
    ...["conservationCheck", "conservationTolerance", "countersOf", "formatPathSgdReport"],
    ...["formatReason", "formatReport", "frozenSkeleton", "gsgd", "gsgdTelemetry"],
    ...["initializeSkeleton", "pathSgd", "pathValues", "planGsgd", "planPathSgd", "ratioEdges"],
    ...["ratioHistogram", "relativeDifference", "rescaleNodes", "resetRatios"],
  ],
};

function mustCover(room: object, golden: readonly string[], reasons: Reasons): void {
  assertEquals(
    [...golden, ...Object.values(reasons).flat()].toSorted(),
    Object.keys(room).toSorted(),
  );
}

Deno.test("layers/ exports nothing without golden values of PyTorch, or a reason", () => {
  const golden = [...Object.keys(trainingSubjects), ...Object.keys(initializerMakers)];
  mustCover(layers, golden, otherLayers);
});

Deno.test("optim/ exports nothing without golden values of PyTorch, or a reason", () => {
  const optimizers = Object.keys(goldenTraining().runs).filter((name) => name in optim);
  mustCover(optim, [...optimizers, ...Object.keys(scheduleMakers)], otherOptim);
});

Deno.test("train/ exports no metric without golden values", () => {
  const golden: Readonly<Record<string, readonly string[]>> = {
    ConfusionMatrix: ["classification", "counts"],
    TopKAccuracy: ["classification", "topK"],
    AUROC: ["area", "area"],
    RegressionErrors: ["regression", "r2"],
  };
  const isMetric = (value: unknown) =>
    typeof value === "function" && value.prototype instanceof train.DeviceMetric;
  const exported = Object.entries(train).filter(([, value]) => isMetric(value));
  assertEquals(exported.map(([name]) => name).toSorted(), Object.keys(golden).toSorted());
  const file: object = goldenFile("torch_metrics.json");
  for (const [name, keys] of Object.entries(golden)) {
    const value = keys.reduce<unknown>((inner, key) => Reflect.get(Object(inner), key), file);
    assert(value !== undefined, `${name} in torch_metrics.json`);
  }
});

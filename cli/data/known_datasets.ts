import type { Config } from "../settings/config.ts";
import { isConvolutional, parseModel, type SampleInfo } from "../settings/model.ts";

const gray = (name: string, size: number): SampleInfo => ({
  name,
  sampleShape: [1, size, size],
  classes: 10,
});

const color = (name: string, classes: number): SampleInfo => ({
  name,
  sampleShape: [3, 32, 32],
  classes,
});

/** Shapes and classes of the datasets that need a download. */
const known: ReadonlyMap<string, SampleInfo> = new Map(
  [
    gray("mnist", 28),
    gray("fashion-mnist", 28),
    gray("fashion-mnist-7x7", 7),
    color("cifar10", 10),
    color("cifar100", 100),
  ].map((info) => [info.name, info]),
);

/** The dataset of a config. Default: a dataset that suits the model. */
export function datasetName({ dataset, model }: Pick<Config, "dataset" | "model">): string {
  if (dataset !== null) return dataset;
  return model !== null && isConvolutional(parseModel(model)) ? "cifar10" : "fashion-mnist-7x7";
}

/** Shape and classes of the dataset of a config, if they are known without its files. */
export function knownSampleInfo(config: Pick<Config, "dataset" | "model" | "labels">) {
  const info = known.get(datasetName(config));
  return info?.name === "cifar100" && config.labels === "coarse" ? { ...info, classes: 20 } : info;
}

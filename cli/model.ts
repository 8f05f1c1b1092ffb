import { type Dataset, sampleSize } from "../datasets/mod.ts";
import {
  heNormal,
  initialize,
  Linear,
  type LinearOptions,
  type Module,
  ReLU,
  Sequential,
} from "../layers/mod.ts";
import type { Config } from "./config.ts";
import { UsageError } from "./errors.ts";

/** Sizes of the layers of an `mlp:` model, inputs first. */
export function mlpSizes(model: string): number[] {
  const match = /^mlp:(\d+(?:-\d+)+)$/.exec(model);
  const sizes = match?.[1]?.split("-").map(Number) ?? [];
  if (sizes.length < 2 || sizes.some((size) => !Number.isSafeInteger(size) || size < 1)) {
    throw new UsageError(
      `Cannot use --model ${model}: it must be mlp: and layer sizes, as in mlp:49-32-32-10`,
    );
  }
  return sizes;
}

/** The model that fits a dataset where none is told: two hidden layers of 32 [spec §5.2]. */
export function defaultModel(dataset: Pick<Dataset, "sampleShape" | "classes">): string {
  return `mlp:${sampleSize(dataset)}-32-32-${dataset.classes}`;
}

/**
 * Checks that a model takes what a dataset gives.
 * @throws {UsageError} naming both sizes
 */
export function checkFit(model: string, dataset: Dataset): void {
  const sizes = mlpSizes(model);
  const inputs = sampleSize(dataset);
  if (sizes[0] !== inputs) {
    throw new UsageError(
      `Cannot train ${model} on ${dataset.name}: the first size must be the number of values in a ` +
        `sample, ${inputs}: current size is ${sizes[0]}`,
    );
  }
  const outputs = sizes.at(-1)!;
  if (outputs < dataset.classes) {
    throw new UsageError(
      `Cannot train ${model} on ${dataset.name}: the last size must be at least the number of ` +
        `classes, ${dataset.classes}: current size is ${outputs}`,
    );
  }
}

/** Makes a model with its first values. */
export function buildModel(model: string, config: Pick<Config, "bias" | "init" | "seed">): Module {
  const sizes = mlpSizes(model);
  const options: LinearOptions = {
    bias: config.bias,
    ...(config.init === "he" && { initializer: heNormal }),
  };
  const layers = sizes.slice(1).flatMap((size, i) => [
    ...(i === 0 ? [] : [new ReLU()]),
    new Linear(sizes[i]!, size, options),
  ]);
  return initialize(new Sequential(layers), { seed: config.seed });
}

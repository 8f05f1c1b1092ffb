import { type Dataset, sampleSize } from "../../datasets/mod.ts";
import { nearestName } from "../../graph/nearest_name.ts";
import type { Shape } from "../../graph/mod.ts";
import {
  heNormal,
  initialize,
  Linear,
  type LinearOptions,
  type Module,
  PlainNet,
  ReLU,
  ResNet,
  Sequential,
  VGG,
} from "../../layers/mod.ts";
import { UsageError } from "../errors.ts";
import type { Config } from "./config.ts";
import { modelForms } from "./rows/model.ts";

/** A parsed `--model`. */
export type ModelSpec =
  & { readonly name: string }
  & (
    | { readonly kind: "mlp"; readonly sizes: readonly number[] }
    | {
      readonly kind: "plainnet" | "resnet";
      readonly depth: number;
      readonly widths: readonly number[] | undefined;
    }
    | { readonly kind: "vgg"; readonly line: string }
  );

/** The properties of a dataset that a model depends on. */
export type SampleInfo = Pick<Dataset, "name" | "sampleShape" | "classes">;

const kinds = ["mlp", "plainnet", "resnet", "vgg"];

/**
 * Parses the name of a model.
 * @throws {UsageError} if it is invalid, with a suggestion if a valid name is similar
 */
export function parseModel(name: string): ModelSpec {
  try {
    return readName(name);
  } catch (error) {
    const nearest = nearestModel(name);
    if (!(error instanceof UsageError) || nearest === undefined) throw error;
    throw new UsageError(`${error.message}: did you mean ${nearest}?`, { cause: error });
  }
}

function readName(name: string): ModelSpec {
  const kind = /^[a-z]+/.exec(name)?.[0] ?? "";
  switch (kind) {
    case "mlp":
      return { name, kind, sizes: mlpSizes(name) };
    case "plainnet":
    case "resnet":
      return { name, kind, ...residualSizes(name) };
    case "vgg":
      return { name, kind, line: vggLine(name) };
    default:
      throw new UsageError(`Cannot use --model ${name}: it must be a model such as ${modelForms}`);
  }
}

/** The name with the nearest kind and its punctuation: `resnet-20` for `resnet20`. */
function nearestModel(name: string): string | undefined {
  const [, word = "", rest = ""] = /^([a-z]*)[-_: ]*(.*)$/s.exec(name.toLowerCase()) ?? [];
  const kind = nearestName(word, kinds);
  const form = kind === "mlp"
    ? `mlp:${rest}`
    : kind === "vgg"
    ? `vgg:${rest.toUpperCase()}`
    : `${kind}-${rest}`;
  if (kind === undefined || form === name) return undefined;
  // nobody means a vgg of one layer
  if (isModel(form) && (kind !== "vgg" || rest.includes("-"))) return form;
  return word === kind ? undefined : kind;
}

function isModel(name: string): boolean {
  try {
    readName(name);
    return true;
  } catch {
    return false;
  }
}

/** Whether the model takes images. */
export function isConvolutional({ kind }: ModelSpec): boolean {
  return kind !== "mlp";
}

function mlpSizes(name: string): number[] {
  const sizes = numbersOf(/^mlp:(\d+(?:-\d+)+)$/.exec(name)?.[1]);
  if (sizes) return sizes;
  throw new UsageError(
    `Cannot use --model ${name}: it must be mlp: followed by layer sizes, as in mlp:49-32-32-10`,
  );
}

function residualSizes(name: string): Pick<ModelSpec & { kind: "resnet" }, "depth" | "widths"> {
  const [, kind, depth, list] = /^([a-z]+)-(\d+)(?::(\d+(?:-\d+)*))?$/.exec(name) ?? [];
  const widths = numbersOf(list);
  if (depth !== undefined && (list === undefined || widths)) {
    const spec = { depth: Number(depth), widths };
    const Net = kind === "resnet" ? ResNet : PlainNet;
    // the layers check depth and widths
    return reworded(name, () => (new Net(spec.depth, { widths }), spec));
  }
  throw new UsageError(
    `Cannot use --model ${name}: it must have a depth, and may have a width for each stage, as in ` +
      "resnet-20 or plainnet-14:8-16-32",
  );
}

function vggLine(name: string): string {
  const line = /^vgg:(.+)$/.exec(name)?.[1];
  if (line === undefined || !/\d/.test(line)) {
    throw new UsageError(
      `Cannot use --model ${name}: it must be vgg: followed by numbers of channels, or M for max ` +
        "pooling, as in vgg:64-M-128-M",
    );
  }
  return reworded(name, () => (new VGG(line), line));
}

/** Turns an error of the layers into an error of the command. */
function reworded<T>(name: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const reason = cause.message.replace(/^Cannot [^:]*: /, "");
    throw new UsageError(`Cannot use --model ${name}: ${reason}`, { cause });
  }
}

/** Positive integers separated by dashes. */
function numbersOf(list: string | undefined): number[] | undefined {
  const numbers = list?.split("-").map(Number);
  const positive = numbers?.every((size) => Number.isSafeInteger(size) && size >= 1);
  return positive ? numbers : undefined;
}

/** The default model for a dataset: two hidden layers of 32 units [Meng 2019, sec. 5.2]. */
export function defaultModel(dataset: SampleInfo): string {
  return `mlp:${sampleSize(dataset)}-32-32-${dataset.classes}`;
}

/** Shape of a sample as the model takes it: an image, or a vector of all its values. */
export function inputShape(model: ModelSpec, dataset: SampleInfo): Shape {
  return isConvolutional(model) ? dataset.sampleShape : [sampleSize(dataset)];
}

/**
 * Checks that a model fits the samples and classes of a dataset.
 * @throws {UsageError} naming both sizes
 */
export function checkFit(model: ModelSpec, dataset: SampleInfo): void {
  const what = `Cannot use ${model.name} with ${dataset.name}`;
  if (model.kind !== "mlp") {
    if (dataset.sampleShape.length === 3) return;
    throw new UsageError(
      `${what}: samples must be images of [channels, height, width]: current shape is [${
        dataset.sampleShape.join(", ")
      }]`,
    );
  }
  const inputs = sampleSize(dataset);
  if (model.sizes[0] !== inputs) {
    throw new UsageError(
      `${what}: the first size must be the number of values in a sample, ${inputs}: current size ` +
        `is ${model.sizes[0]}`,
    );
  }
  const outputs = model.sizes.at(-1);
  if (outputs !== dataset.classes) {
    throw new UsageError(
      `${what}: the last size must be the number of classes, ${dataset.classes}: current size is ` +
        `${outputs}`,
    );
  }
}

/** The settings that determine a model. */
type ModelConfig = Pick<Config, "bias" | "init" | "seed" | "shortcut">;

/**
 * Makes a model and initializes it.
 * @throws {UsageError} if a setting does not apply to it
 */
export function buildModel(model: ModelSpec, dataset: SampleInfo, config: ModelConfig): Module {
  return initialize(makeModel(model, dataset, config), { seed: config.seed });
}

function makeModel(model: ModelSpec, dataset: SampleInfo, config: ModelConfig): Module {
  checkSettings(model, config);
  const initializer = config.init === "he" ? heNormal : undefined;
  if (model.kind === "mlp") return mlp(model.sizes, { bias: config.bias, initializer });
  const [channels = 1] = dataset.sampleShape;
  const options = { channels, classes: dataset.classes, initializer };
  if (model.kind === "vgg") return new VGG(model.line, options);
  const { depth, widths } = model;
  if (model.kind === "plainnet") return new PlainNet(depth, { ...options, widths });
  return new ResNet(depth, { ...options, widths, shortcut: config.shortcut ?? undefined });
}

function mlp(sizes: readonly number[], options: LinearOptions): Module {
  const layers = sizes.slice(1).flatMap((size, i) => [
    ...(i === 0 ? [] : [new ReLU()]),
    new Linear(sizes[i]!, size, options),
  ]);
  return new Sequential(layers);
}

function checkSettings({ name, kind }: ModelSpec, { bias, shortcut }: ModelConfig): void {
  if (bias && kind !== "mlp") {
    throw new UsageError(
      `Cannot use --bias with ${name}: it applies to mlp models; convolutional networks have their ` +
        "biases in the normalization and the last layer",
    );
  }
  if (shortcut !== null && kind !== "resnet") {
    throw new UsageError(`Cannot use --shortcut with ${name}: it applies to resnet models`);
  }
}

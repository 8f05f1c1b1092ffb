import { arange } from "../autograd/mod.ts";
import type { Split } from "../datasets/mod.ts";
import { formatType, GraphError, ShapeError } from "../graph/mod.ts";
import { logitsOf } from "./batch_model.ts";
import type { DeviceSplit } from "./device_split.ts";
import type { SplitName, TrainerOptions } from "./trainer_options.ts";

/** A split of the data; `undefined` if there is none. */
export function splitOf({ data }: TrainerOptions, name: SplitName): Split | undefined {
  if (name !== "validation") return data[name];
  return "validation" in data ? data.validation : undefined;
}

/** Whether there are samples to validate on. */
export function hasValidation(options: TrainerOptions): boolean {
  return (splitOf(options, "validation")?.count ?? 0) > 0;
}

/** Refuses options that need a validation split, if there is none. */
export function checkValidation(options: TrainerOptions): void {
  const { patience, restoreBest, data } = options;
  if (hasValidation(options) || (patience === undefined && !restoreBest)) return;
  throw new RangeError(
    `Cannot make a Trainer: ${patience === undefined ? "restoreBest" : "patience"} needs a ` +
      `validation split: "${data.name}" has none: use holdOut`,
  );
}

/** Mixup needs numbers that can be mixed. */
export function checkMixup({ mixup, data }: TrainerOptions, split: DeviceSplit): void {
  if (mixup === undefined || !split.hasInputs) return;
  throw new RangeError(
    "Cannot make a Trainer: mixup needs samples of one input: current data have the further inputs " +
      Object.keys(data.train.inputs ?? {}).map((name) => `"${name}"`).join(", "),
  );
}

/** An optimizer of another model would train nothing, in silence. */
export function checkOptimizer({ model, optimizer: { parameters } }: TrainerOptions): void {
  const own = new Set(model.state().values());
  if (parameters.some((parameter) => own.has(parameter))) return;
  throw new GraphError(
    "Cannot make a Trainer: the optimizer must train parameters of the model: current are none of " +
      `them, but ${parameters.length} others, such as "${parameters[0]?.name}"`,
  );
}

/** A label without a logit would make the loss NaN. */
export function checkLogits(
  { model, data: { classes } }: TrainerOptions,
  split: DeviceSplit,
): void {
  const { node: { type } } = logitsOf(model, split.inputsOf(arange(1)));
  if (type.shape.length === 2 && type.shape[1] === classes) return;
  throw new ShapeError(
    `Cannot make a Trainer: for one sample the model must return f32[1, ${classes}], a logit per ` +
      `class: current is ${formatType(type)}`,
  );
}

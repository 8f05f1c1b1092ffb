import { z } from "zod";
import { essential, optional, setting } from "../../flags/setting.ts";
import { countOrZeroOf } from "../../flags/values.ts";
import { type ArmName, armNames } from "../arm_kinds.ts";

/** One value for all optimizers, or one for each. */
export type PerArm = number | Readonly<Partial<Record<ArmName, number>>>;

function perArm(value: z.ZodNumber): z.ZodType<PerArm> {
  return z.union([value, z.partialRecord(z.enum(armNames), value)]);
}

const arms = z.array(z.enum(armNames)).min(1)
  .refine((names) => new Set(names).size === names.length).readonly();

const nonNegative = z.number().nonnegative();
const belowOne = z.number().min(0).lt(1);

const schedule = z.string().regex(
  /^(constant|cosine|linear|(step|plateau):[1-9]\d*|multistep(-steps)?:\d+(,\d+)*)$/,
).meta({
  placeholder: "NAME",
  forms: [
    ...["constant", "cosine", "linear", "step:EPOCHS", "multistep:EPOCH,EPOCH,…"],
    ...["multistep-steps:STEP,STEP,…", "plateau:EPOCHS"],
  ],
});

/** How it is trained. */
export const optimizer = {
  optimizer: essential(
    setting(arms.default(["sgd", "sgd-skeleton", "gsgd"]))`optimizers to compare, side by side from
      the same seed: sgd; sgd-skeleton, SGD from gsgd's initial weights; frozen-skeleton, the same,
      but the weights that gsgd never changes are frozen; gsgd; path-sgd; path-sgd-skeleton,
      Path-SGD from gsgd's initial weights; momentum, nesterov, adam, adamw, rmsprop`,
    "optimizers to compare",
  ),
  lr: essential(
    optional(perArm(nonNegative))`learning rate; a config file can give one for each optimizer, as
      in {"sgd": 0.05, "path-sgd": 0.5}: path-sgd divides gradients by κ and usually needs a
      different one [0.01; 0.1 for convolutional networks; always 0.001 for adam, adamw, and
      rmsprop]`,
    "learning rate",
  ),
  schedule: setting(schedule.default("constant"))`learning rate schedule: constant; cosine or
    linear, to 0 over the run; step:EPOCHS; multistep:EPOCH,EPOCH,…; multistep-steps:STEP,STEP,…;
    plateau:EPOCHS, after that many epochs without a lower validation error`,
  lrFactor: setting(z.number().positive().default(0.1))`factor at each change of step, multistep,
    and plateau`,
  warmup: setting(countOrZeroOf("STEPS").default(0))`increase the rate linearly over the first STEPS
    steps`,
  momentum: optional(perArm(belowOne))`momentum coefficient [0 for sgd, 0.9 for momentum and
    nesterov]`,
  weightDecay: setting(perArm(nonNegative).default(0))`weight decay λ: an L2 penalty as in PyTorch,
    decoupled for adamw; for gsgd it acts on the path values of all but skeleton weights, for
    path-sgd it is not divided by κ; a config file can give one for each optimizer`,
  biasDecay: optional(nonNegative)`weight decay of biases [same as the weights]`,
  clipNorm: optional(z.number().positive())`clip gradients to this global norm; for gsgd that of the
    gradients of path values, for path-sgd that of the divided gradients, which depends on the
    scales of hidden units [off]`,
  clipValue: optional(z.number().positive())`clip each element of the gradients to the range from −X
    to X [off]`,
  labelSmoothing: setting(belowOne.default(0))`label smoothing: fraction of each target that is
    spread evenly over all classes, as in PyTorch's CrossEntropyLoss; not used in evaluation`,
};

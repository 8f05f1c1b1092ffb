import type { GradientTransform, Schedule } from "../../optim/mod.ts";
import {
  adam,
  adamW,
  chain,
  clipByGlobalNorm,
  clipByValue,
  type Decay,
  rmsProp,
  sgd,
} from "../../optim/mod.ts";
import { labelOf } from "../../graph/mod.ts";
import { armKinds, type ArmName, type Rule } from "./arm_kinds.ts";
import type { Config, PerArm } from "./config.ts";

/** The settings that differ between optimizers. */
export interface OptimizerSettings {
  /** Update rule for gradients, or for the values that the optimizer's pass computes from them. */
  readonly rule: Rule;
  readonly learningRate: number;
  /** `undefined` for rules without momentum. */
  readonly momentum: number | undefined;
  readonly weightDecay: number;
}

/** Rules whose steps are not proportional to the gradient. */
export const adaptive: ReadonlySet<Rule> = new Set(["adam", "adamw", "rmsprop"]);

/**
 * Fills in learning rate, momentum, and weight decay of an optimizer.
 * @param convolutional whether the network is convolutional, which has a higher default rate
 */
export function optimizerSettings(
  name: ArmName,
  config: Pick<Config, "inner" | "lr" | "momentum" | "weightDecay">,
  convolutional: boolean,
): OptimizerSettings {
  const kind = armKinds[name].rule;
  const rule = kind === "inner" ? config.inner : kind;
  const usual = rule === "momentum" || rule === "nesterov" ? 0.9 : 0;
  const momentum = adaptive.has(rule) ? undefined : valueFor(name, config.momentum) ?? usual;
  const learningRate = valueFor(name, config.lr) ?? defaultRate(momentum, convolutional);
  return { rule, learningRate, momentum, weightDecay: valueFor(name, config.weightDecay) ?? 0 };
}

/** [Meng 2019, sec. 5.2] for fully connected networks, [He et al. 2016, §4.2] for convolutional ones. */
function defaultRate(momentum: number | undefined, convolutional: boolean): number {
  if (momentum === undefined) return 0.001;
  return convolutional ? 0.1 : 0.01;
}

/** The gradient transform of an optimizer, with the rates of a schedule. */
export function transformOf(
  { rule, momentum = 0, weightDecay: ofWeights }: OptimizerSettings,
  { biasDecay, clipNorm, clipValue }: Pick<Config, "biasDecay" | "clipNorm" | "clipValue">,
  schedule: Schedule,
): GradientTransform {
  const weightDecay: Decay = biasDecay === null
    ? ofWeights
    : (parameter) => /(^|\.)bias$/.test(labelOf(parameter)) ? biasDecay : ofWeights;
  const options = { learningRate: schedule, weightDecay };
  const update = rule === "adam"
    ? adam(options)
    : rule === "adamw"
    ? adamW(options)
    : rule === "rmsprop"
    ? rmsProp(options)
    : sgd({ ...options, momentum, nesterov: rule === "nesterov" });
  if (clipNorm !== null) return chain(clipByGlobalNorm(clipNorm), update);
  return clipValue === null ? update : chain(clipByValue(clipValue), update);
}

function valueFor(name: ArmName, value: PerArm | null): number | undefined {
  return value === null ? undefined : typeof value === "number" ? value : value[name];
}

/** The values of all optimizers as in a config: one number if they are equal. */
export function perArm(
  names: readonly ArmName[],
  valueOf: (name: ArmName) => number | undefined,
): PerArm | null {
  const values = names.flatMap((name) => {
    const value = valueOf(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const [first] = values;
  if (first === undefined) return null;
  const equal = values.length === names.length && values.every(([, value]) => value === first[1]);
  return equal ? first[1] : Object.fromEntries(values);
}

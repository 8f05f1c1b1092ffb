import type { ArmName, Config, PerArm } from "./config.ts";

/** What the optimizer of an arm is told, as far as it depends on the arm. */
export interface OptimizerSettings {
  /** What is done with gradients; for G-SGD, with those of the path values. */
  readonly rule: ArmName;
  readonly learningRate: number;
  /** `undefined` for rules that have none. */
  readonly momentum: number | undefined;
}

/** Settles rate and momentum of an arm; `convolutional` says for what kind of network. */
export function optimizerSettings(
  name: ArmName,
  config: Pick<Config, "inner" | "lr" | "momentum">,
  convolutional: boolean,
): OptimizerSettings {
  const rule: ArmName = name === "gsgd" ? config.inner : name;
  const adaptive = rule === "adam" || rule === "adamw";
  const usual = rule === "momentum" || rule === "nesterov" ? 0.9 : 0;
  const momentum = adaptive ? undefined : valueFor(name, config.momentum) ?? usual;
  const learningRate = valueFor(name, config.lr) ?? defaultRate(momentum, convolutional);
  return { rule, learningRate, momentum };
}

/** [spec §5.2] for fully connected networks, [He et al. 2016, §4.2] for convolutional ones. */
function defaultRate(momentum: number | undefined, convolutional: boolean): number {
  if (momentum === undefined) return 0.001;
  return convolutional ? 0.1 : 0.01;
}

function valueFor(name: ArmName, value: PerArm | null): number | undefined {
  return value === null ? undefined : typeof value === "number" ? value : value[name];
}

/** The values of all arms as a config holds them: one number if they are equal. */
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

/**
 * The optimizers that can be compared, as data: the update rule, the initial weights, and the pass
 * that rewrites the step.
 * @module
 */

/** Update rules for gradients, or for the values that a pass computes from them. */
export const rules = ["sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop"] as const;

/** One of the update rules. */
export type Rule = typeof rules[number];

/** Rules whose steps are not proportional to the gradient. */
export const adaptive: ReadonlySet<Rule> = new Set(["adam", "adamw", "rmsprop"]);

/** How an optimizer trains. */
export interface ArmKind {
  /** Its update rule. "base": the rule of the setting `baseOptimizer`. */
  readonly rule: Rule | "base";
  /** Whether its skeleton weights have the same initial values as with `gsgd`. */
  readonly skeleton: boolean;
  /** The pass that rewrites its step. */
  readonly pass?: "gsgd" | "path-sgd" | "frozen-skeleton";
}

const kinds = {
  sgd: { rule: "sgd", skeleton: false },
  "sgd-skeleton": { rule: "sgd", skeleton: true },
  "frozen-skeleton": { rule: "sgd", skeleton: true, pass: "frozen-skeleton" },
  gsgd: { rule: "base", skeleton: true, pass: "gsgd" },
  "path-sgd": { rule: "base", skeleton: false, pass: "path-sgd" },
  "path-sgd-skeleton": { rule: "base", skeleton: true, pass: "path-sgd" },
  momentum: { rule: "momentum", skeleton: false },
  nesterov: { rule: "nesterov", skeleton: false },
  adam: { rule: "adam", skeleton: false },
  adamw: { rule: "adamw", skeleton: false },
  rmsprop: { rule: "rmsprop", skeleton: false },
} as const satisfies Readonly<Record<string, ArmKind>>;

/** One of the optimizers that can be compared. */
export type ArmName = keyof typeof kinds;

/** How each optimizer trains. */
export const armKinds: Readonly<Record<ArmName, ArmKind>> = kinds;

/** The optimizers that can be compared. */
export const armNames = Object.keys(kinds) as readonly ArmName[];

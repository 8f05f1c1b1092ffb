/**
 * The optimizers that can be compared, as data: what acts on gradients, from which first
 * weights, and which pass rewrites the step.
 * @module
 */

/** What is done with gradients, or with what a pass makes of them. */
export const rules = ["sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop"] as const;

/** One of the rules. */
export type Rule = typeof rules[number];

/** The optimizers that can be compared. */
export const armNames = [
  "sgd",
  "sgd-skeleton",
  "frozen-skeleton",
  "gsgd",
  "path-sgd",
  "path-sgd-skeleton",
  "momentum",
  "nesterov",
  "adam",
  "adamw",
  "rmsprop",
] as const;

/** One of the optimizers that can be compared. */
export type ArmName = typeof armNames[number];

/** What sets an arm apart. */
export interface ArmKind {
  /** Its rule; "inner": as the setting `inner` says. */
  readonly rule: Rule | "inner";
  /** Do its skeleton weights get the first values of `gsgd`? */
  readonly skeleton: boolean;
  /** What rewrites its step. */
  readonly pass?: "gsgd" | "path-sgd" | "frozen-skeleton";
}

/** What sets each of them apart. */
export const armKinds: Readonly<Record<ArmName, ArmKind>> = {
  sgd: { rule: "sgd", skeleton: false },
  "sgd-skeleton": { rule: "sgd", skeleton: true },
  "frozen-skeleton": { rule: "sgd", skeleton: true, pass: "frozen-skeleton" },
  gsgd: { rule: "inner", skeleton: true, pass: "gsgd" },
  "path-sgd": { rule: "inner", skeleton: false, pass: "path-sgd" },
  "path-sgd-skeleton": { rule: "inner", skeleton: true, pass: "path-sgd" },
  momentum: { rule: "momentum", skeleton: false },
  nesterov: { rule: "nesterov", skeleton: false },
  adam: { rule: "adam", skeleton: false },
  adamw: { rule: "adamw", skeleton: false },
  rmsprop: { rule: "rmsprop", skeleton: false },
};

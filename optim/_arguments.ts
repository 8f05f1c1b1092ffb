/**
 * Checks of what optimizers are told: `deno run` does not type-check, so an option of another
 * library's name would be dropped in silence.
 * @module
 */
import type { Parameter, Variable } from "../autograd/mod.ts";
import type { Skeleton } from "./gsgd/skeleton.ts";

/** The options that a function takes, and which of them it cannot do without. */
export type OptionNames<Options> = {
  readonly [Name in keyof Options]-?: object extends Pick<Options, Name> ? "optional" : "required";
};

/** What options are called elsewhere. */
const synonyms: Readonly<Record<string, string>> = {
  lr: "learningRate",
  rate: "learningRate",
  wd: "weightDecay",
  epsilon: "eps",
};

/**
 * Refuses options that a function does not know, and the lack of those that it needs.
 * @throws {TypeError} naming the options that there are
 */
export function checkOptions<Options extends object>(
  action: string,
  options: Options,
  names: OptionNames<Options>,
): void {
  const known = Object.entries(names);
  const refuse = (current: string): TypeError => {
    const list = known.map(([name, need]) => need === "required" ? name : `${name}?`).join(", ");
    return new TypeError(`Cannot ${action}: its options are { ${list} }: ${current}`);
  };
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw refuse(`current is ${formatFound(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue;
    const meant = nearest(name, Object.keys(names));
    throw refuse(`current has "${name}"${meant === undefined ? "" : `: did you mean ${meant}?`}`);
  }
  const given = new Map<string, unknown>(Object.entries(options));
  const missing = known.find(([name, need]) =>
    need === "required" && given.get(name) === undefined
  );
  if (missing) throw refuse(`current has no ${missing[0]}`);
}

function nearest(name: string, names: readonly string[]): string | undefined {
  const plain = (text: string) => text.replaceAll("_", "").toLowerCase();
  const meant = plain(synonyms[name] ?? name);
  return names.find((other) => plain(other) === meant);
}

/**
 * Refuses a choice that there is not.
 * @throws {RangeError} naming those that there are
 */
export function checkChoice(
  action: string,
  name: string,
  value: unknown,
  all: readonly string[],
): void {
  if (all.some((choice) => choice === value)) return;
  const list = all.map((choice) => `"${choice}"`).join(", ");
  throw new RangeError(
    `Cannot ${action}: ${name} must be one of ${list}: current is ${formatFound(value)}`,
  );
}

/** Refuses what is no plan, as the graph that it is made of. */
export function checkPlan(action: string, plan: { readonly skeleton: Skeleton }): void {
  if (plan?.skeleton?.nodes) return;
  throw new TypeError(
    `Cannot ${action}: it needs a plan, such as planGsgd(graph): current is ${formatFound(plan)}`,
  );
}

/** Refuses what is no list of parameters: a module has one, and is none. */
export function checkParameters(
  action: string,
  parameters: readonly (Parameter | Variable)[],
): void {
  const isList = Array.isArray(parameters);
  const wrong = isList ? parameters.find((one) => !one?.node || !one.name) : parameters;
  if (isList && !parameters.some((one) => one === wrong)) return;
  throw new TypeError(
    `Cannot ${action}: parameters must be a list of Parameters, such as model.parameters(): ` +
      `current ${isList ? "has" : "is"} ${formatFound(wrong)}`,
  );
}

/** A value in a few words, for messages. */
export function formatFound(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return `a function ${value.name}`.trimEnd();
  if (typeof value !== "object" || value === null) return String(value);
  const kind = value.constructor?.name ?? "Object";
  return `${/^[AEIOU]/.test(kind) ? "an" : "a"} ${kind}`;
}

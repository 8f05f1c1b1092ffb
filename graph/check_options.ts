import { checkOption, type OptionalRule, type ValueRule } from "./check_value.ts";
import { formatFound } from "./format_found.ts";
import { didYouMean } from "./nearest_name.ts";

/** One rule per option of a function. The type requires a rule for every option. */
export type OptionRules<Options> = {
  readonly [Name in keyof Options]-?: object extends Pick<Options, Name> ? OptionalRule : ValueRule;
};

/** Names that other libraries use for our options. */
const synonyms: Readonly<Record<string, string>> = {
  lr: "learningRate",
  rate: "learningRate",
  wd: "weightDecay",
  epsilon: "eps",
};

/**
 * Checks an options object: throws on unknown options, which would otherwise be silently ignored,
 * on missing required options, and on invalid values.
 *
 * @throws {TypeError} listing the valid options
 * @throws {RangeError} naming the option whose value breaks its rule
 */
export function checkOptions<Options extends object>(
  action: string,
  options: Options,
  rules: OptionRules<Options>,
): void {
  const known = Object.entries<ValueRule>(rules);
  const refuse = (current: string): TypeError => {
    const list = known.map(([name, rule]) => isRequired(rule) ? name : `${name}?`).join(", ");
    return new TypeError(`Cannot ${action}: its options are { ${list} }: ${current}`);
  };
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw refuse(`current is ${formatFound(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(rules, name)) continue;
    throw refuse(`current has "${name}"${didYouMean(spelled(name), Object.keys(rules))}`);
  }
  const given = new Map<string, unknown>(Object.entries(options));
  for (const [name, rule] of known) {
    const value = given.get(name);
    if (value === undefined && isRequired(rule)) throw refuse(`current has no ${name}`);
    checkOption(action, { [name]: value }, rule);
  }
}

function isRequired(rule: ValueRule): boolean {
  return !rule.holds(undefined);
}

/** The name as this library spells it: without underscores, synonyms resolved. */
function spelled(name: string): string {
  return Object.hasOwn(synonyms, name) ? synonyms[name]! : name.replaceAll("_", "");
}

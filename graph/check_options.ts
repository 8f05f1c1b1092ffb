import { formatFound } from "./check_value.ts";
import { didYouMean } from "./nearest_name.ts";

/** The options that a function takes, and which of them are required. */
export type OptionNames<Options> = {
  readonly [Name in keyof Options]-?: object extends Pick<Options, Name> ? "optional" : "required";
};

/** What other libraries call options. */
const synonyms: Readonly<Record<string, string>> = {
  lr: "learningRate",
  rate: "learningRate",
  wd: "weightDecay",
  epsilon: "eps",
};

/**
 * Refuses unknown options, which would be dropped in silence, and missing required ones.
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
    throw refuse(`current has "${name}"${didYouMean(spelled(name), Object.keys(names))}`);
  }
  const given = new Map<string, unknown>(Object.entries(options));
  const missing = known.find(([name, need]) =>
    need === "required" && given.get(name) === undefined
  );
  if (missing) throw refuse(`current has no ${missing[0]}`);
}

/** A name as this library would spell it. */
function spelled(name: string): string {
  return Object.hasOwn(synonyms, name) ? synonyms[name]! : name.replaceAll("_", "");
}

/**
 * A setting is one row: a zod schema and its help. Its type, default, placeholder and rule, and
 * how its flag is read, follow from the schema.
 *
 *     dropLast: toggle`drop the last batch of an epoch if it is not full`,
 *     batch: essential(optional(count)`batch size [64; 128 for convolutional networks]`),
 *
 * @module
 */
import { z } from "zod";

/** Settings by name, as schemas. */
export type Settings = Readonly<Record<string, z.ZodType>>;

/** Settings under one heading of the help. */
export interface SettingGroup<S extends Settings = Settings> {
  readonly title: string;
  readonly settings: S;
}

/**
 * Writes the help of a setting, as a tagged template, so that it wraps in the source. A text in
 * brackets at its end says what applies if the setting is not given. Default: the schema's default.
 */
type HelpTag<S> = (text: TemplateStringsArray, ...values: readonly unknown[]) => S;

/** One setting: ``setting(schema)`its help` ``. */
export function setting<S extends z.ZodType>(schema: S): HelpTag<S> {
  return (text, ...values) => {
    const line = String.raw({ raw: text }, ...values).replace(/\s+/g, " ");
    const [, help, fallback] = /^(.*?)(?: \[([^[]*)\])?$/.exec(line)!;
    return schema.meta({ help, fallback, brief: undefined });
  };
}

/** A setting that is `null` unless given. */
export function optional<S extends z.ZodType>(
  schema: S,
): HelpTag<z.ZodDefault<z.ZodNullable<S>>> {
  return setting(schema.nullable().default(null));
}

/** A switch that is off unless given. */
export const toggle: HelpTag<z.ZodDefault<z.ZodBoolean>> = setting(z.boolean().default(false));

/**
 * Marks a setting that most people need: `--help` shows it, and `--help all` every one. `brief` is a
 * text that fits beside the flag. Default: its help.
 */
export function essential<S extends z.ZodType>(setting: S, brief?: string): S {
  return setting.meta({ brief: brief ?? setting.meta()?.help });
}

/** Marks a setting that may change when a run resumes. */
export function changeable<S extends z.ZodType>(setting: S): S {
  return setting.meta({ changeable: true });
}

/** Marks a setting that does not affect the results: where and how visibly a run is done. */
export function incidental<S extends z.ZodType>(setting: S): S {
  return setting.meta({ incidental: true });
}

/** Marks a setting as both. */
export function operational<S extends z.ZodType>(setting: S): S {
  return changeable(incidental(setting));
}

/** The names of the settings with this mark. */
export function namesMarked(
  settings: Settings,
  mark: "changeable" | "incidental",
): ReadonlySet<string> {
  const names = Object.keys(settings).filter((name) => settings[name]?.meta()?.[mark] === true);
  return new Set(names);
}

/** A setting as a flag. */
export interface Flag {
  /** As in a config file: `weightDecay`. */
  readonly name: string;
  /** As on the command line, without dashes: `weight-decay`. */
  readonly flag: string;
  /** How its value is written; `names` and `numbers` are separated by commas. */
  readonly kind: "text" | "number" | "switch" | "names" | "numbers";
  readonly schema: z.ZodType;
}

/** Derives the flags from the schemas. */
export function flagsOf(settings: Settings): readonly Flag[] {
  return Object.entries(settings).map(([name, schema]) => ({
    name,
    flag: flagName(name),
    kind: kindOf(schema),
    schema,
  }));
}

/** `weightDecay` as a flag: `weight-decay`. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The first form of a union is that of the command line; the others are for config files. */
function kindOf(schema: z.core.SomeType): Flag["kind"] {
  const isWrapper = schema instanceof z.ZodDefault || schema instanceof z.ZodNullable ||
    schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly;
  if (isWrapper) return kindOf(schema.unwrap());
  if (schema instanceof z.ZodUnion) return kindOf(schema.options[0]!);
  if (schema instanceof z.ZodBoolean) return "switch";
  if (schema instanceof z.ZodNumber) return "number";
  if (schema instanceof z.ZodArray) return "names";
  return schema instanceof z.ZodTuple ? "numbers" : "text";
}

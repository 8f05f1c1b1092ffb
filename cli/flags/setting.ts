/**
 * A setting is one row: a zod schema with a help text. Its type, default, placeholder and rule, and
 * how its flag is read, follow from the schema.
 * @module
 */
import { z } from "zod";
import { describeNumber, orList } from "./words.ts";

/** Settings by name, as schemas. */
export type Settings = Readonly<Record<string, z.ZodType>>;

/** Settings under one heading of the help. */
export interface SettingGroup<S extends Settings = Settings> {
  readonly title: string;
  readonly settings: S;
}

/**
 * One setting.
 * @param help what it does
 * @param fallback what applies if it is not given, for the help; the schema's default if left out
 */
export function setting<S extends z.ZodType>(schema: S, help: string, fallback?: string): S {
  return schema.meta({ help, fallback });
}

/** A setting that is `null` unless given. */
export function optional<S extends z.ZodType>(schema: S): z.ZodDefault<z.ZodNullable<S>> {
  return schema.nullable().default(null);
}

/** What the command line and the help need to know of a setting. */
export interface Flag {
  /** As in a config file: `weightDecay`. */
  readonly name: string;
  /** As on the command line, without dashes: `weight-decay`. */
  readonly flag: string;
  /** How its value is written; `names` and `numbers` are separated by commas. */
  readonly kind: "text" | "number" | "switch" | "names" | "numbers";
  /** Stands for the value in the help; a switch has none. */
  readonly placeholder: string | undefined;
  /** What the value must be, for messages: "a positive number". */
  readonly rule: string;
  readonly help: string;
  /** What a text may begin with, for suggestions. */
  readonly prefixes: readonly string[];
}

type Json = z.core.JSONSchema.BaseSchema;

/** Derives the flags from the schemas. */
export function flagsOf(settings: Settings): readonly Flag[] {
  const { properties = {} } = z.toJSONSchema(z.object(settings), { io: "input" });
  return Object.entries(properties).map(([name, json]) => flagFrom(name, objectOf(json)));
}

/** `weightDecay` as a flag: `weight-decay`. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function flagFrom(name: string, json: Json): Flag {
  const value = valueOf(json);
  const kind = kindOf(value);
  const placeholder = typeof value.placeholder === "string"
    ? value.placeholder
    : placeholderOf(value);
  const fallback = json.fallback ?? showDefault(json.default);
  return {
    name,
    flag: flagName(name),
    kind,
    placeholder,
    rule: typeof value.rule === "string" ? value.rule : ruleOf(value),
    help: fallback === undefined ? String(json.help) : `${json.help} [${fallback}]`,
    prefixes: Array.isArray(value.prefixes) ? value.prefixes.map(String) : [],
  };
}

function objectOf(json: Json | boolean | undefined): Json {
  return typeof json === "object" ? json : {};
}

/** The schema of the value itself, without `null` and the forms that only a config file has. */
function valueOf({ anyOf, ...json }: Json): Json {
  const branch = anyOf?.map(objectOf).find(({ type }) => type !== "null");
  if (branch !== undefined) return { ...valueOf(branch), ...json };
  const types: unknown = json.type;
  return Array.isArray(types) ? { ...json, type: types.find((type) => type !== "null") } : json;
}

function kindOf({ type, prefixItems }: Json): Flag["kind"] {
  if (type === "boolean") return "switch";
  if (type === "integer" || type === "number") return "number";
  if (type === "array") return prefixItems === undefined ? "names" : "numbers";
  return "text";
}

function placeholderOf({ type, enum: choices }: Json): string | undefined {
  if (type === "boolean") return undefined;
  if (choices !== undefined) return choices.join("|");
  if (type === "array") return "A,B,…";
  if (type === "integer") return "N";
  return type === "number" ? "X" : "TEXT";
}

function ruleOf(json: Json): string {
  if (json.type === "boolean") return "true or false";
  if (json.enum !== undefined) return orList(json.enum.map(String));
  if (json.type !== "array") return describeNumber(json.type, json);
  const items = Array.isArray(json.items) ? undefined : objectOf(json.items);
  return `a list of different names out of ${items?.enum?.join(", ")}`;
}

function showDefault(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(",");
  return String(value);
}

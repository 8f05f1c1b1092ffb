import { z } from "zod";
import type { Flag } from "./setting.ts";

/** What the help and messages say of a flag. */
export interface Description {
  /** Stands for the value in the help; a switch has none. */
  readonly placeholder: string | undefined;
  /** What the value must be: "a positive number". */
  readonly rule: string;
  /** What it does, with its default. */
  readonly help: string;
  /** The same in a few words, without the default; `undefined` for flags that few people need. */
  readonly brief: string | undefined;
  /** The default in brackets; empty if there is none. */
  readonly fallback: string;
  /** What a text may begin with, for suggestions. */
  readonly prefixes: readonly string[];
}

type Json = z.core.JSONSchema.BaseSchema;

/** Derives placeholder, rule and help of a flag from its schema. */
export function describe({ schema }: Flag): Description {
  const json = objectOf(z.toJSONSchema(schema, { io: "input" }));
  const value = valueOf(json);
  const { placeholder, rule } = value;
  const forms = Array.isArray(value.forms) ? value.forms.map(String) : [];
  const standard = json.fallback ?? showDefault(json.default);
  const fallback = standard === undefined ? "" : `[${standard}]`;
  return {
    placeholder: typeof placeholder === "string" ? placeholder : placeholderOf(value),
    rule: typeof rule === "string" ? rule : forms.length > 0 ? orList(forms) : ruleOf(value),
    help: `${json.help} ${fallback}`.trimEnd(),
    brief: typeof json.brief === "string" ? json.brief : undefined,
    fallback,
    prefixes: forms.map((form) => form.replace(/:.*/, "")),
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
  if (json.type !== "array") return describeNumber(json);
  const items = Array.isArray(json.items) ? undefined : objectOf(json.items);
  return `a list of different names out of ${items?.enum?.join(", ")}`;
}

function showDefault(value: unknown): string | undefined {
  // a switch that is off needs no default
  if (value === null || value === undefined || value === false) return undefined;
  if (value === true) return "yes";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(",");
  return String(value);
}

/** "auto, gpu, or cpu". */
function orList(names: readonly string[]): string {
  return new Intl.ListFormat("en-US", { type: "disjunction" }).format(names);
}

/** What a number must be: "a positive whole number up to 2^31 − 1". */
function describeNumber(
  { type, minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Json,
): string {
  const noun = type === "integer" ? "whole number" : "number";
  const isLimited = typeof maximum === "number" && maximum < Number.MAX_SAFE_INTEGER;
  const upTo = isLimited ? ` up to ${showNumber(maximum)}` : "";
  if (exclusiveMinimum === 0) return `a positive ${noun}${upTo}`;
  if (exclusiveMaximum !== undefined) return `a ${noun} in [${minimum}, ${exclusiveMaximum})`;
  if (minimum === 0) return `a non-negative ${noun}${upTo}`;
  return `a ${noun} from ${minimum}${upTo.replace("up ", "")}`;
}

/** 4294967295 as "2^32 − 1". */
function showNumber(value: number): string {
  const exponent = Math.log2(value + 1);
  return value > 2 ** 20 && Number.isInteger(exponent) ? `2^${exponent} − 1` : String(value);
}

import type { z } from "zod";
import { didYouMean, nearestName } from "../../graph/nearest_name.ts";
import { UsageError } from "../errors.ts";
import { describe } from "./describe.ts";
import { flagsOf } from "./setting.ts";

/** Values by the names of their settings, as they were given. */
export type Given = Readonly<Record<string, unknown>>;

/**
 * Checks given values, which take precedence over those of `base`.
 * @throws {UsageError} naming the setting, its rule and its value
 */
export function checkGiven<S extends z.ZodObject>(
  schema: S,
  { given, base = {}, file }: {
    readonly given: Given;
    readonly base?: Given;
    /** The file that the values are from, if they are not from flags. */
    readonly file?: string;
  },
): z.infer<S> {
  const result = schema.safeParse({ ...base, ...given }, { reportInput: true });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const flag = flagsOf(schema.shape).find(({ name }) => name === issue?.path[0]);
  if (issue === undefined || flag === undefined) {
    throw new Error(`Internal: no rule for the setting ${String(issue?.path[0])}`);
  }
  const { name } = flag;
  const { rule, prefixes } = describe(flag);
  const value = show(given[name]);
  const where = file === undefined
    ? `Cannot use --${flag.flag}${value === "" ? "" : ` ${value}`}`
    : `Cannot use "${name}" of ${file}`;
  throw new UsageError(
    `${where}: it must be ${rule}: current value is ${value === "" ? "empty" : value}${
      suggestion(issue, prefixes)
    }`,
  );
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The name that was probably meant, where only some names are allowed. */
function suggestion(issue: z.core.$ZodIssue, prefixes: readonly string[]): string {
  const { input } = issue;
  if (typeof input !== "string") return "";
  if (issue.code === "invalid_value") return didYouMean(input, issue.values.map(String));
  const [, start = "", rest] = /^([^:]*)(.*)$/s.exec(input) ?? [];
  if (prefixes.includes(start)) return "";
  const nearest = nearestName(start, prefixes);
  return nearest === undefined ? "" : `: did you mean ${nearest}${rest}?`;
}

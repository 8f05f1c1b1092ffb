import type { z } from "zod";
import { didYouMean, nearestName } from "../../graph/nearest_name.ts";
import { UsageError } from "../errors.ts";
import { describe } from "./describe.ts";
import type { Flag } from "./setting.ts";

/** Where values were given. */
export type Origin = { readonly kind: "flags" } | { readonly kind: "file"; readonly path: string };

/** Values by the names of their settings, as they were given. */
export type Given = Readonly<Record<string, unknown>>;

/**
 * Checks given values, which take precedence over those of `base`.
 * @throws {UsageError} naming the setting, its rule and its value
 */
export function checkGiven<T>(
  schema: z.ZodType<T>,
  flags: readonly Flag[],
  { given, base = {}, origin = { kind: "flags" } }: {
    readonly given: Given;
    readonly base?: Given;
    readonly origin?: Origin;
  },
): T {
  const result = schema.safeParse({ ...base, ...given });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const flag = flags.find(({ name }) => name === issue?.path[0]);
  if (issue === undefined || flag === undefined) {
    throw new Error(`Internal: no rule for the setting ${String(issue?.path[0])}`);
  }
  const { name } = flag;
  const { rule, prefixes } = describe(flag);
  const value = show(given[name]);
  const where = origin.kind === "flags"
    ? `Cannot use --${flag.flag}${value === "" ? "" : ` ${value}`}`
    : `Cannot use "${name}" of ${origin.path}`;
  throw new UsageError(
    `${where}: it must be ${rule}: current value is ${value === "" ? "empty" : value}${
      suggestion(issue, prefixes, given)
    }`,
  );
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The name that was probably meant, where only some names are allowed. */
function suggestion(
  issue: z.core.$ZodIssue,
  prefixes: readonly string[],
  given: Given,
): string {
  const [name, ...place] = issue.path;
  const value = place.reduce<unknown>(
    (list, i) => Array.isArray(list) ? list[Number(i)] : undefined,
    given[String(name)],
  );
  if (typeof value !== "string") return "";
  if (issue.code === "invalid_value") return didYouMean(value, issue.values.map(String));
  const [, start = "", rest] = /^([^:]*)(.*)$/s.exec(value) ?? [];
  if (prefixes.includes(start)) return "";
  const nearest = nearestName(start, prefixes);
  return nearest === undefined ? "" : `: did you mean ${nearest}${rest}?`;
}

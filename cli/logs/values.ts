import type { Metric } from "../../metrics/mod.ts";

/** The value of a table cell. */
export type Value = number | string | boolean;

/** Names of the values of a metric. Nested values are named `outer.inner`. */
export type ValueName<M> = M extends unknown
  ? { [K in keyof M & string]-?: NamesIn<K, NonNullable<M[K]>> }[keyof M & string]
  : never;

type NamesIn<K extends string, V> = V extends Value ? K
  : V extends readonly unknown[] ? never
  : V extends object ? `${K}.${ValueName<V>}`
  : never;

/** The values of a metric by name, without those that are missing or not finite. */
export function valuesOf(metric: Metric): Map<string, Value> {
  const values = new Map<string, Value>();
  collect(metric, "", values);
  return values;
}

/** The numbers of a metric by name. */
export function numbersOf(metric: Metric): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const [name, value] of valuesOf(metric)) {
    if (typeof value === "number") numbers.set(name, value);
  }
  return numbers;
}

function collect(object: object, prefix: string, values: Map<string, Value>): void {
  for (const [key, value] of Object.entries(object)) {
    const isValue = typeof value === "string" || typeof value === "boolean" ||
      Number.isFinite(value);
    if (isValue) values.set(prefix + key, value);
    const isGroup = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isGroup) collect(value, `${prefix}${key}.`, values);
  }
}

/** "auto, gpu, or cpu". */
export function orList(names: readonly string[]): string {
  return new Intl.ListFormat("en-US", { type: "disjunction" }).format(names);
}

/** Limits of a number, as JSON Schema has them. */
interface Limits {
  readonly minimum?: unknown;
  readonly exclusiveMinimum?: unknown;
  readonly maximum?: unknown;
  readonly exclusiveMaximum?: unknown;
}

/** What a number must be: "a positive whole number up to 2^31 − 1". */
export function describeNumber(type: unknown, limits: Limits): string {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = limits;
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

/**
 * Run-time checks of numbers and choices passed by callers. `deno run` does not type-check, and an
 * invalid number would otherwise surface as shifted memory, a shader that does not compile, or NaN.
 * @module
 */
import { DTypeError } from "./errors.ts";
import { formatFound } from "./format_found.ts";
import type { DType } from "./types.ts";

/** Accepts literals that the element type can represent. 0.5 is not an i32; it is not rounded. */
export function literalOf(dtype: DType): ValueRule {
  return literals[dtype];
}

const literals: Readonly<Record<DType, ValueRule>> = {
  f32: numberRule(() => "a number for f32", () => true),
  i32: integerLiteral("i32", -(2 ** 31), 2 ** 31 - 1),
  u32: integerLiteral("u32", 0, 2 ** 32 - 1),
  bool: integerLiteral("bool", 0, 1),
  u8: integerLiteral("u8", 0, 255),
};

function integerLiteral(dtype: DType, least: number, most: number): ValueRule {
  const { holds } = wholeIn(least, most);
  return {
    get text() {
      return `${wholeIn(least, most).text} for ${dtype}`;
    },
    holds,
  };
}

/**
 * Checks that an element type can represent a literal.
 * @throws {DTypeError} if it cannot
 */
export function checkValue(value: number, dtype: DType): void {
  checkOption("fill a tensor", { value }, literalOf(dtype), DTypeError);
}

/** A constraint on the value of an option. */
export interface ValueRule {
  /** Completes "… must be": `a positive whole number`. Only evaluated for error messages. */
  readonly text: string;
  /** Whether a value of any type satisfies the rule. */
  holds(value: unknown): boolean;
}

function numberRule(text: () => string, holds: (value: number) => boolean): ValueRule {
  return {
    get text() {
      return text();
    },
    holds: (value) => typeof value === "number" && holds(value),
  };
}

/** 1, 2, 3, …: a size, a count or a stride. */
export const positiveWhole: ValueRule = numberRule(
  () => "a positive whole number",
  (value) => Number.isSafeInteger(value) && value >= 1,
);

/** 0, 1, 2, …: a size that may be empty, a padding, an epoch. */
export const nonNegativeWhole: ValueRule = numberRule(
  () => "a non-negative whole number",
  (value) => Number.isSafeInteger(value) && value >= 0,
);

/** A whole number in [least, most]. */
export function wholeIn(least: number, most: number): ValueRule {
  return numberRule(
    () => `a whole number in [${formatBound(least)}, ${formatBound(most)}]`,
    (value) => Number.isSafeInteger(value) && value >= least && value <= most,
  );
}

/** 2^32 - 1 rather than 4294967295. */
function formatBound(value: number): string {
  const bits = Math.log2(value + 1);
  return bits >= 16 && Number.isInteger(bits) ? `2^${bits} - 1` : String(value);
}

/** An axis of a value, counted from the front. */
export function axisOfRank(rank: number): ValueRule {
  return numberRule(
    () => `a whole number below the rank ${rank}`,
    (value) => Number.isSafeInteger(value) && value >= 0 && value < rank,
  );
}

/** A seed of the 32-bit generator. Any other number would be truncated to 32 bits. */
export const seedNumber: ValueRule = wholeIn(0, 2 ** 32 - 1);

/** A number that is neither infinite nor NaN. */
export const finiteNumber: ValueRule = numberRule(() => "a finite number", Number.isFinite);

/** A finite number above 0. */
export const positiveNumber: ValueRule = numberRule(
  () => "a positive finite number",
  (value) => Number.isFinite(value) && value > 0,
);

/** A finite number of at least 0. */
export const nonNegativeNumber: ValueRule = numberRule(
  () => "a non-negative finite number",
  (value) => Number.isFinite(value) && value >= 0,
);

/**
 * A number in an interval such as `"[0, 1)"`: square brackets include the end, parentheses exclude
 * it.
 */
export function numberIn(interval: string): ValueRule {
  const [, open, low, high, close] = /^([[(])(\S+), (\S+)([\])])$/.exec(interval) ?? [];
  const [least, most] = [Number(low), Number(high)];
  return numberRule(
    () => `a number in ${interval}`,
    (value) =>
      (open === "[" ? value >= least : value > least) &&
      (close === "]" ? value <= most : value < most),
  );
}

/** One of a few values, such as names. */
export function oneOf(choices: readonly unknown[]): ValueRule {
  const list = choices.map(formatFound).join(", ");
  return {
    text: choices.length === 1 ? list : `one of ${list}`,
    holds: (value) => choices.includes(value),
  };
}

/** A function, such as an initializer or a callback. */
export const callable: ValueRule = {
  text: "a function",
  holds: (value) => typeof value === "function",
};

/** A non-empty string, such as a name. */
export const nonEmptyText: ValueRule = {
  text: "a non-empty string",
  holds: (value) => typeof value === "string" && value !== "",
};

/** `true` or `false`. */
export const trueOrFalse: ValueRule = oneOf([true, false]);

/** An array whose items all satisfy a rule, of the given length if there is one. */
export function listOf(rule: ValueRule, length?: number): ValueRule {
  return {
    get text() {
      const items = rule.text.replace(/^an? (.*?number)/, "$1s");
      return `a list of ${length === undefined ? "" : `${length} `}${items}`;
    },
    holds: (value) =>
      Array.isArray(value) && (length === undefined || value.length === length) &&
      holdsForAll(value, rule),
  };
}

function holdsForAll(list: readonly unknown[], rule: ValueRule): boolean {
  // By index, because `every` skips holes.
  for (let i = 0; i < list.length; i++) if (!rule.holds(list[i])) return false;
  return true;
}

/** Sizes along the axes of a tensor. */
export const shapeSizes: ValueRule = listOf(nonNegativeWhole);

/** A non-empty array whose items all satisfy a rule. */
export function someOf(rule: ValueRule): ValueRule {
  const list = listOf(rule);
  return {
    get text() {
      return list.text.replace("a list", "a non-empty list");
    },
    holds: (value) => list.holds(value) && (value as readonly unknown[]).length > 0,
  };
}

/** A value that satisfies at least one of two rules. */
export function either(a: ValueRule, b: ValueRule): ValueRule {
  return {
    get text() {
      return `${a.text}, or ${b.text}`;
    },
    holds: (value) => a.holds(value) || b.holds(value),
  };
}

/** A number for both directions of an image, or a pair: [height, width]. */
export function numberOrPair(rule: ValueRule): ValueRule {
  return either(rule, { ...listOf(rule, 2), text: "a pair of them" });
}

/** The rule of an option that may be omitted. */
export interface OptionalRule extends ValueRule {
  /** Distinguishes these rules from those of required options. */
  readonly isOptional: true;
}

/** A value that satisfies a rule, or `undefined`. */
export function optional(rule: ValueRule): OptionalRule {
  return {
    get text() {
      return rule.text;
    },
    holds: (value) => value === undefined || rule.holds(value),
    isOptional: true,
  };
}

/**
 * Any value but `undefined`. For options that are checked where they are used, such as a backend.
 */
export const anything: ValueRule = { text: "given", holds: (value) => value !== undefined };

/** The errors that `checkOption` may throw; see `errors.ts`. */
export type OptionErrorKind = new (message: string) => Error;

/**
 * Checks that each of the named values satisfies a rule. Code that runs for every node of a graph
 * passes the action as a function, so that its text is built only for an error message.
 *
 *     checkOption("make a Conv2d", { stride, dilation }, positiveWhole);
 *     // RangeError: Cannot make a Conv2d: stride must be a positive whole number: current is 0.5
 *
 * @throws {RangeError} or the given kind of error, naming the first option that violates the rule
 */
export function checkOption(
  action: string | (() => string),
  options: Readonly<Record<string, unknown>>,
  rule: ValueRule,
  ErrorKind: OptionErrorKind = RangeError,
): void {
  for (const name in options) {
    const value = options[name];
    if (rule.holds(value)) continue;
    const doing = typeof action === "string" ? action : action();
    throw new ErrorKind(
      `Cannot ${doing}: ${name} must be ${rule.text}: current is ${formatFound(value)}`,
    );
  }
}

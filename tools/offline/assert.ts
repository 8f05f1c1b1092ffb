/** The functions of `@std/assert` that this project uses; see README.md. */
import { equal } from "./equal.ts";

export { equal };

/** Thrown by assertions that fail. */
export class AssertionError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

// deno-lint-ignore no-explicit-any -- a constructor with any arguments, including abstract ones
type AnyConstructor = abstract new (...args: any[]) => unknown;
// deno-lint-ignore no-explicit-any -- as above
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

function format(value: unknown): string {
  if (!("Deno" in globalThis)) return String(value); // on a page
  return Deno.inspect(value, { depth: 10, sorted: true, trailingComma: true, iterableLimit: 50 });
}

function refuse(message: string, extra: string | undefined): never {
  throw new AssertionError(extra === undefined ? `${message}.` : `${message}: ${extra}`);
}

export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

export function assertFalse(expr: unknown, msg?: string): asserts expr is false {
  if (expr) refuse("Expected a falsy value", msg);
}

export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) return;
  const difference = `actual ${format(actual)}, expected ${format(expected)}`;
  refuse(`Values are not equal: ${difference}`, msg);
}

export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) refuse(`Values are equal: ${format(actual)}`, msg);
}

export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const difference = `actual ${format(actual)}, expected ${format(expected)}`;
  refuse(`Values are not strictly equal: ${difference}`, msg);
}

export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const delta = Math.abs(expected - actual);
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  if (delta <= allowed) return;
  refuse(`Expected actual ${actual} to be within ${allowed} of ${expected}: off by ${delta}`, msg);
}

export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual > expected)) refuse(`Expect ${format(actual)} > ${format(expected)}`, msg);
}

export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual < expected)) refuse(`Expect ${format(actual)} < ${format(expected)}`, msg);
}

export function assertInstanceOf<T extends AnyConstructor>(
  actual: unknown,
  expectedType: T,
  msg?: string,
): asserts actual is InstanceType<T> {
  if (actual instanceof expectedType) return;
  refuse(`Expected ${format(actual)} to be an instance of "${expectedType.name}"`, msg);
}

export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (!expected.test(actual)) refuse(`"${actual}" does not match ${expected}`, msg);
}

export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) refuse(`"${actual}" does not contain "${expected}"`, msg);
}

export function assertThrows(fn: () => unknown, msg?: string): unknown;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClassOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  try {
    fn();
  } catch (error) {
    return checked(error, errorClassOrMsg, msgIncludes, msg);
  }
  refuse("Expected function to throw", typeof errorClassOrMsg === "string" ? errorClassOrMsg : msg);
}

export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClassOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const extra = typeof errorClassOrMsg === "string" ? errorClassOrMsg : msg;
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch (error) {
    refuse(`Function throws when expected to reject: ${format(error)}`, extra);
  }
  try {
    await promise;
  } catch (error) {
    return checked(error, errorClassOrMsg, msgIncludes, msg);
  }
  refuse("Expected function to reject", extra);
}

/** Returns the error, if it has the class and the text. */
function checked<E extends Error>(
  error: unknown,
  errorClassOrMsg: ErrorClass<E> | string | undefined,
  msgIncludes: string | undefined,
  msg: string | undefined,
): unknown {
  if (typeof errorClassOrMsg !== "function") return error;
  if (!(error instanceof Error)) refuse("A non-Error object was thrown or rejected", msg);
  if (!(error instanceof errorClassOrMsg)) {
    refuse(`Expected a "${errorClassOrMsg.name}", but got "${error.constructor.name}"`, msg);
  }
  if (msgIncludes !== undefined && !error.message.includes(msgIncludes)) {
    refuse(`Error message should include "${msgIncludes}": "${error.message}"`, msg);
  }
  return error;
}

export function fail(msg?: string): never {
  throw new AssertionError(`Failed assertion${msg === undefined ? "." : `: ${msg}`}`);
}

export function unreachable(msg?: string): never {
  throw new AssertionError(`Unreachable${msg === undefined ? "." : `: ${msg}`}`);
}

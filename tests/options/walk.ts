import type { Call } from "./calls.ts";
import type { NumberPlace, Taker } from "./exported_numbers.ts";

/** What is put in the place of each number. */
const scalars: readonly unknown[] = [
  ...[0, -1, 1.5, NaN, Infinity, -Infinity, 2 ** 53],
  ...["3", undefined, null, []],
];

/** The name of an option that nothing has. */
const UNKNOWN = "unheardOf";

/** A wrong value in a place, and how messages of failures call the place. */
interface Attempt {
  readonly label: string;
  readonly args: readonly unknown[];
  readonly isDeclared: boolean;
}

/**
 * Calls a function with every wrong value in every place and with an option that there is not,
 * and says what went wrong: what was taken though it has no meaning, or refused without its name.
 */
export async function walk(
  target: (args: readonly unknown[]) => unknown,
  call: Call,
  { places, options }: Taker,
): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const argument of options) {
    const place = { argument, path: [UNKNOWN], name: UNKNOWN, isOptional: false };
    const args = replaced(call.args(), place, 1);
    const fault = await judge(target, { label: UNKNOWN, args, isDeclared: false }, UNKNOWN);
    if (fault !== undefined) faults.push(`an unknown option ${fault}`);
  }
  for (const place of places.filter(({ name }) => !call.data?.includes(name))) {
    for (const attempt of attempts(call, place)) {
      const fault = await judge(target, attempt, place.name);
      if (fault !== undefined) faults.push(`${attempt.label}: ${fault}`);
    }
  }
  return faults;
}

function attempts(call: Call, place: NumberPlace): readonly Attempt[] {
  const name = place.path.length > 1 ? place.path.join(".") : place.name;
  const original = valueAt(call.args(), place);
  const whole = scalars.map((value) => ({
    label: `${name} = ${show(value)}`,
    args: replaced(call.args(), place, value),
    isDeclared: (call.accepts?.[name] ?? []).some((one) => sameValue(one, value)) ||
      (value === undefined && place.isOptional),
  }));
  if (!Array.isArray(original) || original.length === 0) return whole;
  const items = scalars.map((value) => ({
    label: `${name}[0] = ${show(value)}`,
    args: replaced(call.args(), place, original.with(0, value)),
    isDeclared: (call.accepts?.[`${name}[]`] ?? []).some((one) => sameValue(one, value)),
  }));
  return [...whole, ...items];
}

async function judge(
  target: (args: readonly unknown[]) => unknown,
  { args, isDeclared }: Attempt,
  name: string,
): Promise<string | undefined> {
  try {
    await dispose(await target(args));
    return isDeclared ? undefined : "was accepted";
  } catch (error) {
    if (!(error instanceof Error) || !/^Cannot [^]+: /.test(error.message)) {
      return `gave a raw ${error}`;
    }
    // a value with a meaning may still not fit the other arguments
    if (isDeclared || new RegExp(`\\b${name}\\b`).test(error.message)) return undefined;
    return `was refused without its name: ${error.message}`;
  }
}

/** Gives back what a call that works has opened. */
export async function dispose(result: unknown): Promise<void> {
  if (typeof result !== "object" || result === null) return;
  if (Symbol.asyncDispose in result) await (result as AsyncDisposable)[Symbol.asyncDispose]();
  else if (Symbol.dispose in result) (result as Disposable)[Symbol.dispose]();
}

function valueAt(args: readonly unknown[], { argument, path }: NumberPlace): unknown {
  return path.reduce<unknown>((value, name) => propertiesOf(value).get(name), args[argument]);
}

/** The arguments with another value in one place; nothing else is changed. */
function replaced(
  args: readonly unknown[],
  { argument, path }: NumberPlace,
  value: unknown,
): readonly unknown[] {
  const list = Array.from({ length: Math.max(args.length, argument + 1) }, (_, i) => args[i]);
  return list.with(argument, put(args[argument], path, value));
}

function put(target: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const properties = propertiesOf(target);
  return Object.fromEntries([...properties, [name, put(properties.get(name), rest, value)]]);
}

function propertiesOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(value ?? {}));
}

function sameValue(a: unknown, b: unknown): boolean {
  return Object.is(a, b) || (Array.isArray(a) && Array.isArray(b) && a.length === b.length);
}

function show(value: unknown): string {
  return typeof value === "string" || Array.isArray(value) ? JSON.stringify(value) : String(value);
}

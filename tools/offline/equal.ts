/** Whether two values have the same structure: `0` equals `-0`, and `NaN` equals `NaN`. */
export function equal(a: unknown, b: unknown): boolean {
  return compare(a, b, new Map());
}

type Seen = Map<object, object>;

function compare(a: unknown, b: unknown, seen: Seen): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b)) return false;
  if (a.constructor !== b.constructor && !(isPlain(a) && isPlain(b))) return false;
  if (a instanceof WeakMap || a instanceof WeakSet || a instanceof Promise) return false;
  if (seen.get(a) === b) return true; // a cycle: equal unless another path differs
  seen.set(a, b);
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
  if (a instanceof RegExp && b instanceof RegExp) return String(a) === String(b);
  if (a instanceof URL && b instanceof URL) return a.href === b.href;
  if (a instanceof ArrayBuffer && b instanceof ArrayBuffer) {
    return compare(new Uint8Array(a), new Uint8Array(b), seen);
  }
  if (a instanceof Set && b instanceof Set) return sameSet(a, b, seen);
  if (a instanceof Map && b instanceof Map) return sameMap(a, b, seen);
  return sameProperties(a, b, seen);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function sameSet(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>, seen: Seen): boolean {
  if (a.size !== b.size) return false;
  const rest = [...b];
  return [...a].every((value) => takeFirst(rest, (other) => compare(value, other, seen)));
}

function sameMap(
  a: ReadonlyMap<unknown, unknown>,
  b: ReadonlyMap<unknown, unknown>,
  seen: Seen,
): boolean {
  if (a.size !== b.size) return false;
  const rest = [...b];
  return [...a].every((entry) => takeFirst(rest, (other) => compare(entry, other, seen)));
}

/** Removes the first matching item and returns whether there was one. */
function takeFirst<T>(items: T[], fits: (item: T) => boolean): boolean {
  const index = items.findIndex(fits);
  if (index >= 0) items.splice(index, 1);
  return index >= 0;
}

function sameProperties(a: object, b: object, seen: Seen): boolean {
  const keys = propertiesOf(a);
  if (keys.length !== propertiesOf(b).length) return false;
  return keys.every((key) =>
    Object.hasOwn(b, key) && compare(Reflect.get(a, key), Reflect.get(b, key), seen)
  );
}

function propertiesOf(value: object): PropertyKey[] {
  // An error's message is not enumerable, but it distinguishes errors.
  const own: PropertyKey[] = value instanceof Error ? ["message"] : [];
  for (const key of Reflect.ownKeys(value)) {
    if (key !== "message" || own.length === 0) {
      if (Object.prototype.propertyIsEnumerable.call(value, key)) own.push(key);
    }
  }
  return own;
}

/** An object without the properties that are `null`. */
type WithoutNull<T> = { readonly [K in keyof T]?: NonNullable<T[K]> };

/**
 * The settings that are given, as options for a function with defaults of its own: `null` in a
 * config means that a setting is not given.
 */
export function withoutNull<T extends object>(settings: T): WithoutNull<T>;
export function withoutNull(settings: object): object {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}

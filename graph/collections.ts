/**
 * Functions on maps and sets that older browsers and Node 20 do not have as methods.
 * @module
 */

/** Groups items by a key, in the order in which keys appear. */
export function groupBy<K, T>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** The elements of either set. */
export function union<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): Set<T> {
  return new Set([...a, ...b]);
}

/** The number of elements of both sets together. */
export function sizeOfUnion<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): number {
  const [large, small] = a.size > b.size ? [a, b] : [b, a];
  let size = large.size;
  for (const element of small) if (!large.has(element)) size++;
  return size;
}

/** Whether no element is in both sets. */
export function areDisjoint<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  for (const element of a) if (b.has(element)) return false;
  return true;
}

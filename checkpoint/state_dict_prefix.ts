/** Detects prefixes, which a wrapper adds to the names of a model's state. */

/**
 * Finds a prefix whose removal makes more names match than `already` do; `undefined` if there is
 * none.
 */
export function suggestPrefix(
  state: ReadonlyMap<string, unknown>,
  names: Iterable<string>,
  already: number,
): string | undefined {
  const hits = new Map<string, number>();
  for (const name of names) {
    // "a.b.weight" may be "b.weight" with the prefix "a.", or "weight" with "a.b."
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
      if (!state.has(name.slice(dot + 1))) continue;
      const prefix = name.slice(0, dot + 1);
      hits.set(prefix, (hits.get(prefix) ?? 0) + 1);
    }
  }
  const [best] = [...hits].toSorted(([, a], [, b]) => b - a);
  return best && best[1] > already ? best[0] : undefined;
}

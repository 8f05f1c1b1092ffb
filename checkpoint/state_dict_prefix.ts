/** What is put before the names of a model's state when the model is wrapped in another. */

/**
 * The prefix that, taken off, makes more names those of the state than `already` are;
 * `undefined` if none does.
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

/**
 * "Did you mean …?" suggestions for misspelled names.
 * @module
 */

/** The candidate with the smallest edit distance, or `undefined` if none is close. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  // Truncated, because the name may be any user input and the cost grows with its length.
  const given = name.toLowerCase().slice(0, 100);
  let best: { readonly candidate: string; readonly cost: number } | undefined;
  for (const candidate of candidates) {
    const starts = given.length >= 3 && candidate.startsWith(given);
    const cost = starts ? 0 : editDistance(given, candidate);
    // A match must share at least one character with a short candidate.
    const isNear = cost <= Math.max(2, candidate.length * 0.4) && cost < candidate.length;
    if (isNear && (best === undefined || cost < best.cost)) best = { candidate, cost };
  }
  return best?.candidate;
}

/** The nearest candidate as the end of an error message, or `""` if none is close. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const nearest = nearestName(name, candidates);
  return nearest === undefined ? "" : `: did you mean ${nearest}?`;
}

/** The Levenshtein distance: insertions, deletions, and substitutions. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

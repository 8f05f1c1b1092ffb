/**
 * "Did you mean …?"
 * @module
 */

/** The candidate that takes the fewest edits to reach, or `undefined` if none is near. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  // A name may come from anywhere; the table below grows with its length.
  const given = name.toLowerCase().slice(0, 100);
  let best: { readonly candidate: string; readonly cost: number } | undefined;
  for (const candidate of candidates) {
    const starts = given.length >= 3 && candidate.startsWith(given);
    const cost = starts ? 0 : editDistance(given, candidate);
    // of a short name, something must be left
    const isNear = cost <= Math.max(2, candidate.length * 0.4) && cost < candidate.length;
    if (isNear && (best === undefined || cost < best.cost)) best = { candidate, cost };
  }
  return best?.candidate;
}

/** The nearest candidate as the end of a message, or nothing if none is near. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const nearest = nearestName(name, candidates);
  return nearest === undefined ? "" : `: did you mean ${nearest}?`;
}

/** Levenshtein's distance: insertions, deletions and substitutions. */
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

import { checkOption, positiveWhole } from "../graph/check_value.ts";
import type { Bin } from "./figure.ts";

/** Counts values in `count` bins of equal width from the lowest to the highest value. */
export function binValues(values: readonly number[], count = 30): readonly Bin[] {
  checkOption("bin values", { count }, positiveWhole);
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [];
  const low = finite.reduce((least, value) => Math.min(least, value), Infinity);
  const high = finite.reduce((most, value) => Math.max(most, value), -Infinity);
  return binsBetween(finite, { count, low, high });
}

/** Counts values in bins of equal width from `low` to `high`, between which all of them are. */
export function binsBetween(
  values: Iterable<number>,
  { count, low, high }: { readonly count: number; readonly low: number; readonly high: number },
): readonly Bin[] {
  const width = high > low ? (high - low) / count : Math.max(Math.abs(low), 1) / count;
  const counts = new Array<number>(count).fill(0);
  for (const value of values) counts[Math.min(count - 1, Math.floor((value - low) / width))]! += 1;
  return counts.map((n, i) => ({ low: low + i * width, high: low + (i + 1) * width, count: n }));
}

/**
 * Descriptions of paired tests, and the cells that tables in Markdown and HTML share.
 * @module
 */
import type { Compared } from "./comparisons.ts";
import { groupBy } from "./measured.ts";
import { hedgesG, rejectedByHolm } from "./statistics.ts";
import type { Column, Comparison } from "./summary.ts";

const NO_DIFFERENCE = "no significant difference";

/** Counts significant differences by metric. */
export function tally(compared: readonly Compared[]): string {
  const parts = groupBy(compared, ({ metric }) => metric).map((group) => {
    const all = group.map(({ comparison }) => comparison);
    const tested = all.filter(({ p }) => p !== null);
    const { metric } = all[0]!;
    if (tested.length === 0) return `${metric} ${whyUntested(all)}`;
    const lower = tested.filter(({ high }) => high! < 0).length;
    const higher = tested.filter(({ low }) => low! > 0).length;
    const open = tested.length - lower - higher;
    const pairs = [...new Set(tested.map(({ n }) => n))].toSorted((a, b) => a - b).join(" or ");
    const untested = all.length - tested.length;
    const seeds = (untested > 0 ? `; ${untested} cannot be tested ` : " ") +
      `(${pairs} seeds)`;
    const count = all.length;
    if (count === 1) {
      const result = lower > 0 ? "is lower" : higher > 0 ? "is higher" : `shows ${NO_DIFFERENCE}`;
      return `${metric} ${result}${seeds}`;
    }
    if (open === count) {
      return `${metric} shows ${NO_DIFFERENCE} in any of ${count} settings${seeds}`;
    }
    const rest = open > 0 ? `, with ${NO_DIFFERENCE} in ${open}` : "";
    return `${metric} is lower in ${lower} of ${count} settings and higher in ${higher}${rest}${seeds}`;
  });
  return parts.length === 0 ? "nothing to compare." : `${parts.join("; ")}.`;
}

function whyUntested(all: readonly Comparison[]): string {
  const most = Math.max(...all.map(({ n }) => n));
  if (most === 0) return "has no pairs to compare";
  return most === 1 ? "cannot be tested with one seed" : "cannot be tested";
}

/** Describes a comparison in one sentence. */
export function describe(comparison: Comparison): string {
  const { group, a, b, metric, n, unpaired, difference, low, high, p, kind } = comparison;
  const start = group === "" ? "" : `${group}: `;
  const end = unpaired === 0
    ? "."
    : `; ${unpaired} ${unpaired === 1 ? "seed is" : "seeds are"} excluded because a run diverged.`;
  if (difference === null) {
    return `${start}${metric} of ${a} and ${b} cannot be compared: no pairs${end}`;
  }
  const number = (value: number) => signed(value, comparison);
  const far = `${metric} of ${a} ${kind === "ratio" ? "relative to" : "minus"} ${b}: ` +
    number(difference);
  if (low === null || high === null || p === null) {
    const why = n === 1 ? "one pair" : `all ${n} pairs have the same difference`;
    return `${start}${far}; ${why}, so significance cannot be tested${end}`;
  }
  const apart = high < 0 || low > 0 ? "" : `, ${NO_DIFFERENCE}`;
  const interval = `95 % interval ${range(low, high, comparison)}`;
  return `${start}${far} (${interval}, p = ${pText(p)}, n = ${n})${apart}${end}`;
}

/** A difference with its sign and unit. */
export function signed(value: number, comparison: Comparison): string {
  const { digits } = comparison;
  const unit = unitOf(comparison);
  const end = unit === "" ? "" : ` ${unit}`;
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}${end}`;
}

/** Two differences with their signs and unit: `−4.41 to +4.74 points`. */
function range(low: number, high: number, comparison: Comparison): string {
  return `${signed(low, { ...comparison, unit: "" })} to ${signed(high, comparison)}`;
}

/**
 * The range of the differences behind a mean, since a small mean may hide large ones of both signs;
 * empty if they are all the same.
 */
export function rangeOf(differences: readonly number[], comparison: Comparison): string {
  const [low, high] = [Math.min(...differences), Math.max(...differences)];
  return low === high ? "" : range(low, high, comparison);
}

/** The title of a column: its label and unit. */
export function titleOf({ label, unit }: Pick<Column, "label" | "unit">): string {
  return unit === "" ? label : `${label} (${unit})`;
}

/** `7.76 ± 0.17`, or only the mean if there is no spread. */
export function meanText(
  { mean, spread }: { readonly mean: number; readonly spread: number | null },
  number: (value: number) => string,
): string {
  return spread === null ? number(mean) : `${number(mean)} ± ${number(spread)}`;
}

/** The columns of a table of comparisons. */
export const comparisonTitles: readonly string[] = [
  ...["compared", "metric", "difference", "95 % interval", "g", "p", "Holm", "pairs"],
];

/** Whether each of the comparisons of a page remains significant with Holm's correction. */
export function significantWithHolm(comparisons: readonly Comparison[]): readonly boolean[] {
  const tested = comparisons.flatMap(({ p }) => p ?? []);
  const rejected = rejectedByHolm(tested);
  return comparisons.map(({ p }) => p !== null && rejected[tested.indexOf(p)] === true);
}

/** Hedges' g of the pairs of a comparison; `null` without an interval, or with fewer than 3 pairs. */
function effectOf({ n, kind, difference, low, high }: Comparison): number | null {
  if (difference === null || low === null || high === null || low === high) return null;
  if (n < 3) return null; // the correction for small samples would make it 0
  // ratios are tested on logarithms
  const of = (value: number) => kind === "ratio" ? Math.log1p(value / 100) : value;
  return hedgesG(n, of(difference), [of(low), of(high)]);
}

/**
 * The cells of a comparison for {@link comparisonTitles}. `counts` says whether it remains significant
 * with Holm's correction.
 */
export function comparisonCells(
  comparison: Comparison,
  counts: boolean,
  format: (value: number, digits: number) => string,
): readonly string[] {
  const { a, b, metric, n, unpaired, kind, difference, low, high, p, digits } = comparison;
  const number = (value: number | null) => value === null ? "–" : format(value, digits);
  const effect = effectOf(comparison);
  return [
    `${a} ${kind === "ratio" ? "relative to" : "−"} ${b}`,
    titleOf({ label: metric, unit: unitOf(comparison) }),
    number(difference),
    low === null ? "–" : `${number(low)} to ${number(high)}`,
    effect === null ? "–" : format(effect, 1),
    p === null ? "–" : pText(p),
    p === null ? "–" : counts ? "yes" : "no",
    unpaired > 0 ? `${n} (${unpaired} unpaired)` : String(n),
  ];
}

/** The unit of a difference. Percentages differ by points. */
export function unitOf({ unit, kind }: Pick<Comparison, "unit" | "kind">): string {
  return unit === "%" && kind === "difference" ? "points" : unit;
}

/** Formats a p value. */
function pText(p: number): string {
  return p < 0.001 ? p.toExponential(0) : p.toFixed(3);
}

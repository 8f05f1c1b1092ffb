import { markup, type PageCell, type PageRow, type PageTable } from "../../figures/mod.ts";
import type { Cell, Column, Comparison, Table } from "../summary.ts";
import { pText, unitOf } from "../words.ts";

/** A table of means and standard deviations, beside columns with the paper's numbers. */
export function measuredTable({ title, columns, rows }: Table): PageTable {
  const hasPaper = columns.map((_, i) => rows.some(({ cells }) => cells[i]?.paper));
  return {
    caption: title,
    columns: [
      { label: "", kind: "text" },
      ...columns.flatMap((column, i) => [
        { label: titleOf(column), kind: "number" } as const,
        ...(hasPaper[i]
          ? [{ label: titleOf({ ...column, label: "the paper" }), kind: "number" } as const]
          : []),
      ]),
    ],
    rows: rows.flatMap(({ group, arm, label, cells }, i): readonly PageRow[] => [
      ...(group !== "" && group !== rows[i - 1]?.group ? [{ heading: group }] : []),
      {
        arm,
        cells: [
          label,
          ...cells.flatMap((cell, c) => [
            measured(cell, columns[c]!),
            ...(hasPaper[c] ? [paper(cell, columns[c]!)] : []),
          ]),
        ],
      },
    ]),
  };
}

function titleOf({ label, unit, better }: Column): string {
  const arrow = better === "lower" ? " ↓" : better === "higher" ? " ↑" : "";
  return `${unit === "" ? label : `${label} (${unit})`}${arrow}`;
}

function measured({ mean, spread, n, diverged }: Cell, { digits }: Column): PageCell {
  const bad = diverged > 0 ? `${diverged} diverged` : "";
  if (mean === null) return bad === "" ? "–" : bad;
  const counts = [`n = ${n}`, bad].filter((part) => part !== "").join(", ");
  return markup`${around(mean, spread, digits)} <small>${counts}</small>`;
}

function paper({ paper }: Cell, { digits }: Column): PageCell {
  if (!paper) return "–";
  return markup`${around(paper.mean, paper.spread, digits)} <small>${paper.source}</small>`;
}

function around(mean: number, spread: number | null, digits: number): string {
  return spread === null
    ? shown(mean, digits)
    : `${shown(mean, digits)} ± ${shown(spread, digits)}`;
}

/** Fixed digits; scientific notation for numbers that would show only zeros. */
export function shown(value: number, digits: number): string {
  const tiny = value !== 0 && Math.abs(value) < 0.5 * 10 ** -digits;
  const text = tiny ? value.toExponential(1) : value.toFixed(digits);
  return text.replaceAll("-", "−");
}

/** The paired tests. */
export function comparisonsTable(comparisons: readonly Comparison[]): PageTable {
  const rows = comparisons.map((one, i): readonly PageRow[] => {
    const { group, a, b, metric, unit, kind, n, unpaired, difference, low, high, p, digits } = one;
    const range = low === null || high === null
      ? "–"
      : `${shown(low, digits)} to ${shown(high, digits)}`;
    const cells = [
      `${a} ${kind === "ratio" ? "relative to" : "−"} ${b}`,
      unit === "" ? metric : `${metric} (${unitOf(one)})`,
      difference === null ? "–" : shown(difference, digits),
      range,
      p === null ? "–" : pText(p),
      unpaired > 0 ? `${n} (${unpaired} unpaired)` : String(n),
      meaningOf(one),
    ];
    const heading = group !== "" && group !== comparisons[i - 1]?.group ? [{ heading: group }] : [];
    return [...heading, { arm: null, cells }];
  });
  return {
    caption: "Paired tests",
    columns: [
      { label: "compared", kind: "text" },
      { label: "metric", kind: "text" },
      ...["difference", "95 % interval", "p", "pairs"].map((label) =>
        ({ label, kind: "number" }) as const
      ),
      { label: "", kind: "text" },
    ],
    rows: rows.flat(),
  };
}

function meaningOf({ a, b, low, high, better }: Comparison): string {
  if (low === null || high === null) return "cannot be tested";
  if (low <= 0 && high >= 0) return "no significant difference";
  if (better === null) return high < 0 ? `${a} is lower` : `${a} is higher`;
  return (high < 0) === (better === "lower") ? `${a} is better` : `${b} is better`;
}

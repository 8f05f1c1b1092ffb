import { markup, type PageCell, type PageRow, type PageTable } from "../../figures/mod.ts";
import type { Cell, Column, Comparison, Table } from "../summary.ts";
import {
  comparisonCells,
  comparisonTitles,
  meanText,
  significantWithHolm,
  titleOf,
} from "../describe_comparison.ts";

/** A table of means and standard deviations, beside columns with the paper's numbers. */
export function measuredTable({ title, columns, rows }: Table): PageTable {
  const hasPaper = columns.map((_, i) => rows.some(({ cells }) => cells[i]?.paper));
  return {
    caption: title,
    columns: [
      { label: "", kind: "text" },
      ...columns.flatMap((column, i) => [
        { label: withArrow(column), kind: "number" } as const,
        ...(hasPaper[i]
          ? [{ label: withArrow({ ...column, label: "the paper" }), kind: "number" } as const]
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

function withArrow(column: Column): string {
  const { better } = column;
  return titleOf(column) + (better === "lower" ? " ↓" : better === "higher" ? " ↑" : "");
}

function measured({ mean, spread, n, diverged }: Cell, { digits }: Column): PageCell {
  const bad = diverged > 0 ? `${diverged} diverged` : "";
  if (mean === null) return bad === "" ? "–" : bad;
  const counts = [`n = ${n}`, bad].filter((part) => part !== "").join(", ");
  return markup`${
    meanText({ mean, spread }, (value) => shown(value, digits))
  } <small>${counts}</small>`;
}

function paper({ paper }: Cell, { digits }: Column): PageCell {
  if (!paper) return "–";
  return markup`${meanText(paper, (value) => shown(value, digits))} <small>${paper.source}</small>`;
}

/** Fixed digits; scientific notation for numbers that would show only zeros. */
function shown(value: number, digits: number): string {
  const tiny = value !== 0 && Math.abs(value) < 0.5 * 10 ** -digits;
  const text = tiny ? value.toExponential(1) : value.toFixed(digits);
  return text.replaceAll("-", "−");
}

/** The paired tests. */
export function comparisonsTable(comparisons: readonly Comparison[]): PageTable {
  const counts = significantWithHolm(comparisons);
  const rows = comparisons.flatMap((one, i): readonly PageRow[] => {
    const { group } = one;
    const cells = [...comparisonCells(one, counts[i]!, shown), meaningOf(one)];
    const heading = group !== "" && group !== comparisons[i - 1]?.group ? [{ heading: group }] : [];
    return [...heading, { arm: null, cells }];
  });
  return {
    caption: "Paired tests",
    columns: [...comparisonTitles, ""].map((label, i) => ({
      label,
      kind: i >= 2 && label !== "" ? "number" : "text",
    })),
    rows,
  };
}

function meaningOf({ a, b, low, high, better }: Comparison): string {
  if (low === null || high === null) return "cannot be tested";
  if (low <= 0 && high >= 0) return "no significant difference";
  if (better === null) return high < 0 ? `${a} is lower` : `${a} is higher`;
  return (high < 0) === (better === "lower") ? `${a} is better` : `${b} is better`;
}

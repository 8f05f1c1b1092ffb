import type { Cell, Column, Comparison, Summary, Table } from "./summary.ts";
import {
  comparisonCells,
  comparisonTitles,
  meanText,
  significantWithHolm,
  titleOf,
} from "./describe_comparison.ts";

/** The contents of `table.md`: everything except the figures. */
export function markdownOf(summary: Summary): string {
  const { title, scale, claim, source, differences, command, environment, points } = summary;
  const { devices, deno, system, trainingSeconds } = environment;
  const parts = [
    `# ${title}`,
    `Claim of the paper: ${claim} (${source})`,
    `Scale **${scale}**, ${points.done} of ${points.total} runs finished` +
    (points.diverged > 0 ? `, ${points.diverged} diverged` : "") + ":",
    `\`\`\`sh\n${command}\n\`\`\``,
    ...(differences.length > 0
      ? [
        "Differences from the paper's setting:",
        differences.map((one) => `- ${one}`).join("\n"),
      ]
      : []),
    "## Result",
    summary.verdict.map((sentence) => `- ${sentence}`).join("\n"),
    ...summary.tables.flatMap(tableText),
    ...comparisonText(summary.comparisons),
    `Measured on ${devices.join(" and ") || "no device yet"}, Deno ${deno}, ${system}; ` +
    `${Math.round(trainingSeconds)} seconds of training.`,
  ];
  return `${parts.join("\n\n")}\n`;
}

function tableText(table: Table): readonly string[] {
  const { title, note, columns, rows } = table;
  const hasGroups = rows.some(({ group }) => group !== "");
  const seeds = Math.max(
    0,
    ...rows.flatMap(({ cells }) => cells.map(({ n, diverged }) => n + diverged)),
  );
  const hasPaper = columns.map((_, i) => rows.some(({ cells }) => cells[i]?.paper));
  const header = [
    ...(hasGroups ? ["setting"] : []),
    "optimizer",
    ...columns.flatMap((column, i) => [
      titleOf(column),
      // the paper's networks and data may differ: each cell names them
      ...(hasPaper[i] ? [titleOf({ ...column, label: "the paper" })] : []),
    ]),
  ];
  const body = rows.map(({ group, label, cells }) => [
    ...(hasGroups ? [group] : []),
    label,
    ...cells.flatMap((cell, i) => [
      cellText(cell, columns[i]!, seeds),
      ...(hasPaper[i] ? [paperText(cell, columns[i]!)] : []),
    ]),
  ]);
  const count = seeds === 1 ? "One seed." : `Mean ± sample standard deviation over ${seeds} seeds.`;
  return [`## ${title}`, [note, count].filter((text) => text !== "").join(" "), grid(header, body)];
}

/** `7.76 ± 0.17`, with the number of seeds if it is not all of them. */
function cellText({ mean, spread, n, diverged }: Cell, { digits }: Column, seeds: number): string {
  const bad = diverged > 0 ? [`${diverged} diverged`] : [];
  if (mean === null) return bad[0] ?? "–";
  const about = [...(n < seeds ? [`n = ${n}`] : []), ...bad];
  const text = meanText({ mean, spread }, (value) => fixed(value, digits));
  return about.length > 0 ? `${text} (${about.join(", ")})` : text;
}

function paperText({ paper }: Cell, { digits }: Column): string {
  if (!paper) return "–";
  return `${meanText(paper, (value) => fixed(value, digits))}, ${paper.source}`;
}

/** Fixed digits; scientific notation for numbers that would show mostly zeros. */
function fixed(value: number, digits: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const isTiny = size < 0.5 * 10 ** -digits || (digits > 6 && size < 0.001);
  return isTiny ? value.toExponential(1) : value.toFixed(Math.min(digits, 6));
}

function comparisonText(comparisons: readonly Comparison[]): readonly string[] {
  if (comparisons.length === 0) return [];
  const counts = significantWithHolm(comparisons);
  const rows = comparisons.map((one, i) => [one.group, ...comparisonCells(one, counts[i]!, fixed)]);
  return [
    "## Paired tests",
    "Paired t tests over equal seeds. A negative difference means that the first of the two is lower. g is " +
    "the effect size: the difference in standard deviations of the pairs (Hedges). Holm: whether it " +
    "remains significant with Holm's correction over all tests of this page.",
    grid(["setting", ...comparisonTitles], rows),
  ];
}

function grid(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

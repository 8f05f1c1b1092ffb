import { pText } from "./verdict.ts";
import type { Cell, Column, Comparison, Summary, Table } from "./summary.ts";

/** `table.md`: everything but the figures, for people and for the repository. */
export function markdownOf(summary: Summary): string {
  const { title, scale, claim, source, differences, command, environment, points } = summary;
  const { devices, deno, system, trainingSeconds } = environment;
  const parts = [
    `# ${title}`,
    `The paper: ${claim} (${source})`,
    `Scale **${scale}**, ${points.done} of ${points.total} runs done` +
    (points.diverged > 0 ? `, ${points.diverged} diverged` : "") + ":",
    `\`\`\`sh\n${command}\n\`\`\``,
    ...(differences.length > 0
      ? [
        "How this differs from the paper's setting:",
        differences.map((one) => `- ${one}`).join("\n"),
      ]
      : []),
    "## What the data say",
    summary.verdict.map((sentence) => `- ${sentence}`).join("\n"),
    ...summary.tables.flatMap(tableText),
    ...comparisonText(summary.comparisons),
    `Made on ${devices.join(" and ") || "no device yet"}, Deno ${deno}, ${system}; ` +
    `${Math.round(trainingSeconds)} seconds of training.`,
  ];
  return `${parts.join("\n\n")}\n`;
}

function tableText(table: Table): readonly string[] {
  const { title, note, columns, rows } = table;
  const hasGroups = rows.some(({ group }) => group !== "");
  const hasPaper = columns.map((_, i) => rows.some(({ cells }) => cells[i]?.paper));
  const header = [
    ...(hasGroups ? ["setting"] : []),
    "optimizer",
    ...columns.flatMap((column, i) => [
      titleOf(column),
      ...(hasPaper[i] ? [`the paper: ${titleOf(column)}`] : []),
    ]),
  ];
  const body = rows.map(({ group, label, cells }) => [
    ...(hasGroups ? [group] : []),
    label,
    ...cells.flatMap((cell, i) => [
      cellText(cell, columns[i]!),
      ...(hasPaper[i] ? [paperText(cell, columns[i]!)] : []),
    ]),
  ]);
  return [`## ${title}`, ...(note === "" ? [] : [note]), grid(header, body)];
}

function titleOf({ label, unit }: Column): string {
  return unit === "" ? label : `${label} (${unit})`;
}

/** `7.76 ± 0.17 (n = 5)`. */
function cellText({ mean, spread, n, diverged }: Cell, { digits }: Column): string {
  const bad = diverged > 0 ? [`${diverged} diverged`] : [];
  if (mean === null) return bad[0] ?? "–";
  const around = spread === null ? "" : ` ± ${fixed(spread, digits)}`;
  return `${fixed(mean, digits)}${around} (${[`n = ${n}`, ...bad].join(", ")})`;
}

function paperText({ paper }: Cell, { digits }: Column): string {
  if (!paper) return "–";
  const around = paper.spread === null ? "" : ` ± ${fixed(paper.spread, digits)}`;
  return `${fixed(paper.mean, digits)}${around}, ${paper.source}`;
}

/** Plain digits, or powers of ten for what would be all zeros. */
function fixed(value: number, digits: number): string {
  const tiny = value !== 0 && Math.abs(value) < 0.5 * 10 ** -digits;
  return tiny ? value.toExponential(1) : value.toFixed(digits);
}

function comparisonText(comparisons: readonly Comparison[]): readonly string[] {
  if (comparisons.length === 0) return [];
  const rows = comparisons.map((one) => {
    const { group, a, b, metric, n, unpaired, kind, low, high, p, digits, unit } = one;
    const number = (value: number | null) => value === null ? "–" : fixed(value, digits);
    const pairs = unpaired > 0 ? `${n} (${unpaired} without a partner)` : String(n);
    return [
      group,
      `${a} ${kind === "ratio" ? "relative to" : "−"} ${b}`,
      unit === "" ? metric : `${metric} (${unit})`,
      number(one.difference),
      low === null ? "–" : `${number(low)} to ${number(high)}`,
      p === null ? "–" : pText(p),
      pairs,
    ];
  });
  const header = ["setting", "compared", "metric", "difference", "95 % interval", "p", "pairs"];
  return [
    "## Paired tests",
    "Student's t over equal seeds; a negative difference means that the first of the two is lower.",
    grid(header, rows),
  ];
}

function grid(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

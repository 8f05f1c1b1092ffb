/**
 * Formatting of tables row by row, with columns of fixed width.
 * @module
 */

/** A column. */
export interface Column {
  readonly title: string;
  readonly width: number;
  /** Alignment: left for text, right for numbers. */
  readonly align: "left" | "right";
}

/** Formats a row. */
export function formatRow(columns: readonly Column[], cells: readonly string[]): string {
  return columns.map(({ width, align }, i) => {
    const cell = cells[i] ?? "";
    return align === "left" ? cell.padEnd(width) : cell.padStart(width);
  }).join("  ").trimEnd();
}

/** Formats the titles. */
export function formatTitles(columns: readonly Column[]): string {
  return formatRow(columns, columns.map(({ title }) => title));
}

/** Formats a time with a suitable unit. */
export function formatTime(milliseconds: number): string {
  if (milliseconds < 1) return `${(milliseconds * 1000).toPrecision(3)} us`;
  if (milliseconds < 1000) return `${milliseconds.toPrecision(3)} ms`;
  return `${(milliseconds / 1000).toPrecision(3)} s`;
}

/** Formats a rate with three digits. */
export function formatRate(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

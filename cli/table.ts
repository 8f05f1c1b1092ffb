/** Formats a text table. The first `texts` columns are left-aligned, the others right-aligned. */
export function alignedTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  texts: number,
): string {
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]!.length))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => i < texts ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))
      .join("  ").trimEnd();
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width, 2 * (widths.length - 1)));
  return [line(header), rule, ...rows.map(line)].join("\n");
}

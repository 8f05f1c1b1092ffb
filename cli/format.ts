/**
 * How numbers, durations, lists, and tables are written.
 * @module
 */
import { alignedLines } from "../graph/aligned_lines.ts";
import type { Line, Span } from "./span.ts";
import { plain, type Styled } from "./styled.ts";

/** `12.34 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** Formats a number with `show`; a dash if it is missing or not finite. */
export function orDash(
  value: number | null | undefined,
  show: (value: number) => string,
): string {
  return typeof value === "number" && Number.isFinite(value) ? show(value) : "–";
}

/** `45,000`. */
export function thousands(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1:05` minutes, or `1:02:03` hours. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = two(whole % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** A duration as `12.3 s` below a minute, and as `duration` formats it above. */
export function timeTaken(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : duration(seconds);
}

/** `a`, `a and b`, `a, b, and c`. */
export function listed(names: readonly string[]): string {
  return new Intl.ListFormat("en-US").format(names);
}

/** Formats a text table. The first `texts` columns are left-aligned, the others right-aligned. */
export function alignedTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  texts: number,
): string {
  return plain(styledTable(header, rows, texts));
}

/** The same with styled cells. */
export function styledTable(
  header: readonly string[],
  rows: readonly Line[],
  texts: number,
): Styled {
  const cells = [header, ...rows.map((row) => row.map((cell) => plain([cell])))];
  const [titles = "", ...lines] = alignedLines(cells, (column) => column >= texts);
  const rule = "─".repeat(Math.max(...[titles, ...lines].map(({ length }) => length)));
  return [{ lines: [[titles], [rule], ...lines.map((line, i) => withSpans(line, rows[i]!))] }];
}

/** The line of a row, in which each styled cell is a part by itself. */
function withSpans(line: string, row: Line): Line {
  const parts: (string | Span)[] = [];
  let at = 0;
  let from = 0;
  for (const cell of row) {
    const text = plain([cell]);
    const start = line.indexOf(text, at);
    at = start + text.length;
    if (typeof cell === "string") continue;
    parts.push(line.slice(from, start), cell);
    from = at;
  }
  return [...parts, line.slice(from)];
}

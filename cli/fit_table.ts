import { wrapText } from "./fit_line.ts";
import { type Line, sliceOf, textOf } from "./span.ts";

/** Where a column, or several, are in the lines of a table. */
interface Place {
  readonly from: number;
  readonly to: number;
}

/** A part of a table: its first column, and some others that are neighbors. */
interface Part {
  readonly first: Place;
  readonly others: Place;
  /** Columns of the terminal. */
  readonly width: number;
}

/** Blanks between columns. */
const GAP = 2;
/** A text is not broken into shorter lines than this beside the first column, but below it. */
const NARROWEST = 16;
const RULE = /^─+$/;

/**
 * Divides a table, whose columns are two blanks apart, into tables that fit `width` columns of a
 * terminal: each has the first column and some of the others. Rows that have nothing in these are
 * left out. Texts that are wider still are broken between words.
 */
export function fitTable(lines: readonly Line[], width: number): readonly Line[] {
  const texts = lines.map(textOf);
  const [first, ...others] = columnsIn(texts.filter((text) => !RULE.test(text)));
  const fits = texts.every(({ length }) => length <= width);
  if (fits || first === undefined || others.length === 0) return lines;
  const groups = neighbors(others, width - first.to - GAP);
  return groups.flatMap((group, i) => {
    const rows = rowsOf(lines, { first, others: group, width });
    return i === 0 ? rows : [[], ...rows];
  });
}

/** The columns of a table: what is between places where all lines have two blanks or more. */
function columnsIn(texts: readonly string[]): readonly Place[] {
  const width = Math.max(0, ...texts.map(({ length }) => length));
  const isBlank = (at: number) => texts.every((text) => (text[at] ?? " ") === " ");
  const columns: Place[] = [];
  let from = 0;
  while (from < width) {
    let to = from;
    while (to < width && !(isBlank(to) && isBlank(to + 1))) to++;
    columns.push({ from, to });
    from = to;
    while (from < width && isBlank(from)) from++;
  }
  return columns;
}

/** Puts neighboring columns together while they fit. */
function neighbors(columns: readonly Place[], room: number): readonly Place[] {
  const groups: Place[] = [];
  for (const { from, to } of columns) {
    const last = groups.at(-1);
    if (last && to - last.from <= room) groups[groups.length - 1] = { from: last.from, to };
    else groups.push({ from, to });
  }
  return groups;
}

function rowsOf(lines: readonly Line[], part: Part): readonly Line[] {
  const { from, to } = part.others;
  const rows = lines.flatMap((line, i): readonly Line[] => {
    const text = textOf(line);
    if (RULE.test(text)) return [line];
    const isEmpty = text.slice(from, to).trim() === "";
    return isEmpty && i > 0 ? [] : rowOf(line, part);
  });
  const isRule = (line: Line) => RULE.test(textOf(line));
  const longest = Math.max(...rows.filter((row) => !isRule(row)).map((row) => textOf(row).length));
  // a rule at the end was above a row that is left out
  return rows.filter((row, i) => i < rows.length - 1 || !isRule(row))
    .map((row) => isRule(row) ? ["─".repeat(longest)] : row);
}

/** The lines of a row: one, unless its text is too wide. */
function rowOf(line: Line, { first, others: { from, to }, width }: Part): readonly Line[] {
  const name = sliceOf(line, first.from, first.to);
  const start = first.to + GAP;
  const gap = " ".repeat(start - textOf(name).length);
  if (start + to - from <= width) return [trimmed([...name, gap, ...sliceOf(line, from, to)])];
  const text = textOf(line).slice(from, to).trim();
  const longest = Math.max(NARROWEST, ...text.split(" ").map(({ length }) => length));
  const isBeside = width - start >= longest;
  const margin = isBeside ? start : GAP;
  const [words = "", ...rest] = wrapText(text, width - margin);
  const below = rest.map((more) => [" ".repeat(margin) + more]);
  return isBeside
    ? [[...name, gap, words], ...below]
    : [trimmed(name), [" ".repeat(margin) + words], ...below];
}

/** A line without blanks at its end. */
function trimmed(line: Line): Line {
  return sliceOf(line, 0, textOf(line).trimEnd().length);
}

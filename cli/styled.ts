import { styleText } from "node:util";
import { escapeControls } from "../checkpoint/mod.ts";
import { cutToFields, wrapText } from "./fit_line.ts";
import { fitTable } from "./fit_table.ts";
import { type Line, type Span, type Style, textOf } from "./span.ts";

export type { Span } from "./span.ts";

/** A table with aligned columns, which a terminal divides if it does not fit. */
export interface Table {
  readonly lines: readonly Line[];
}

/** A text, or its parts in order. */
export type Styled = string | readonly (string | Span | Table)[];

/** How an output stream shows text. */
export interface Look {
  readonly hasColor: boolean;
  /** Columns of the terminal; infinity if there is none. */
  readonly columns: number;
}

const colors = {
  heading: ["bold"],
  error: ["bold", "red"],
  warning: ["yellow"],
  best: ["bold", "green"],
} as const;

/** The same text without styles. */
export function plain(text: Styled): string {
  return textOf(partsOf(text).flatMap((part) => isTable(part) ? partsIn(part.lines) : [part]));
}

/** Joins texts with a separator between them. */
export function joined(texts: readonly Styled[], separator: string): Styled {
  return texts.flatMap((text, i) => i === 0 ? partsOf(text) : [separator, ...partsOf(text)]);
}

/** The text as a stream shows it, with control characters escaped. */
export function render(text: Styled, look: Look): string {
  let shown = "";
  // columns that are used in the last line
  let used = 0;
  for (const part of fitted(text, look.columns)) {
    const whole = escapeControls(typeof part === "string" ? part : part.text);
    const cut = typeof part === "string" ? whole : fit(whole, part.style, look.columns, used);
    used = cut.includes("\n") ? cut.length - cut.lastIndexOf("\n") - 1 : used + cut.length;
    shown += typeof part === "string" ? cut : paint(cut, part.style, look);
  }
  return shown;
}

/** The parts of a text, with tables that fit. */
function fitted(text: Styled, columns: number): Line {
  return partsOf(text).flatMap((part) =>
    isTable(part) ? partsIn(fitTable(part.lines, columns)) : [part]
  );
}

function isTable(part: string | Span | Table): part is Table {
  return typeof part === "object" && "lines" in part;
}

/** Lines as the parts of a text. */
function partsIn(lines: readonly Line[]): Line {
  return lines.flatMap((line, i) => i === 0 ? line : ["\n", ...line]);
}

function fit(text: string, style: Style, columns: number, used: number): string {
  if (columns === Infinity || style !== "prose" && style !== "row") return text;
  if (style === "row") return cutToFields(text, columns - used);
  return text.split("\n").flatMap((line, i) => wrapText(line, columns, i === 0 ? used : 0)).join(
    "\n",
  );
}

function paint(text: string, style: Style, { hasColor }: Look): string {
  if (!hasColor || style === "prose" || style === "row") return text;
  return styleText([...colors[style]], text, { validateStream: false });
}

function partsOf(text: Styled): readonly (string | Span | Table)[] {
  return typeof text === "string" ? [text] : text;
}

/** A heading. */
export function heading(text: string): Span {
  return { text, style: "heading" };
}

/** A table from its lines. */
export function tableOf(text: string): Table {
  return { lines: text.split("\n").map((line) => [line]) };
}

/** Sentences, which a terminal wraps between words. */
export function prose(text: string): Span {
  return { text, style: "prose" };
}

import { styleText } from "node:util";
import { escapeControls } from "../checkpoint/mod.ts";
import { cutToFields, wrapText } from "./fit_line.ts";

/**
 * What a part of a text is. A terminal shows headings, errors, warnings, and the best value of a
 * table in color, wraps prose between words, and leaves out the last fields of a row that do not
 * fit. Anywhere else all of it is plain text.
 */
export type Style = "heading" | "error" | "warning" | "best" | "prose" | "row";

/** A part of a text with its style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** A text, or its parts in order. */
export type Styled = string | readonly (string | Span)[];

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
  return partsOf(text).map((part) => typeof part === "string" ? part : part.text).join("");
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
  for (const part of partsOf(text)) {
    const whole = escapeControls(typeof part === "string" ? part : part.text);
    const fitted = typeof part === "string" ? whole : fit(whole, part.style, look.columns, used);
    used = fitted.includes("\n")
      ? fitted.length - fitted.lastIndexOf("\n") - 1
      : used + fitted.length;
    shown += typeof part === "string" ? fitted : paint(fitted, part.style, look);
  }
  return shown;
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

function partsOf(text: Styled): readonly (string | Span)[] {
  return typeof text === "string" ? [text] : text;
}

/** A heading. */
export function heading(text: string): Span {
  return { text, style: "heading" };
}

/** Sentences, which a terminal wraps between words. */
export function prose(text: string): Span {
  return { text, style: "prose" };
}

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

/** A line in parts, with or without a style. */
export type Line = readonly (string | Span)[];

/** The text of a line. */
export function textOf(line: Line): string {
  return line.map((part) => typeof part === "string" ? part : part.text).join("");
}

/** The parts of a line from one position to another. */
export function sliceOf(line: Line, from: number, to: number): Line {
  let at = 0;
  return line.flatMap((part): Line => {
    const text = textOf([part]);
    const inside = text.slice(Math.max(0, from - at), Math.max(0, to - at));
    at += text.length;
    return inside === "" ? [] : [typeof part === "string" ? inside : { ...part, text: inside }];
  });
}

/**
 * Cuts a text to a number of columns of a terminal, with `…` where something is missing.
 */
export function cutToColumns(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  if (columns < 1) return "";
  let cut = "";
  let free = columns - 1; // one column for the ellipsis
  for (const character of text) {
    free -= columnsOf(character);
    if (free < 0) break;
    cut += character;
  }
  return `${cut}…`;
}

/**
 * A progress bar and its text on one line of a terminal. If both do not fit, the bar is left out,
 * and then the last fields of the text. The last column stays free, because some terminals wrap as
 * soon as it is written.
 */
export function fitProgress(bar: string, text: string, columns: number): string {
  const both = `${bar} ${text}`;
  return columnsOf(both) < columns ? both : cutToFields(text, columns - 1);
}

/**
 * Cuts a text of fields, which two blanks separate, to a number of columns: leaves out the last
 * fields, or cuts the first one if even that does not fit.
 */
export function cutToFields(text: string, columns: number): string {
  const fields = text.split(/(?<=\S)(?= {2})/);
  let fitting = "";
  for (const field of fields) {
    if (columnsOf(fitting + field) > columns) break;
    fitting += field;
  }
  return fitting === "" ? cutToColumns(text, columns) : fitting;
}

/**
 * Breaks a text between words into lines of at most `columns`; longer words stay whole. All lines
 * are indented as the text is. The first one begins after `used` columns.
 */
export function wrapText(text: string, columns: number, used = 0): readonly string[] {
  if (used + columnsOf(text) <= columns) return [text];
  const margin = /^ */.exec(text)![0];
  const lines: string[] = [];
  let line = "";
  for (const word of text.slice(margin.length).split(" ")) {
    const longer = line === "" ? margin + word : `${line} ${word}`;
    const free = lines.length === 0 ? columns - used : columns;
    if (line !== "" && columnsOf(longer) > free) {
      lines.push(line);
      line = margin + word;
    } else line = longer;
  }
  return [...lines, line];
}

function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += maxColumnsOf(character.codePointAt(0)!);
  return columns;
}

/** Most columns that terminals use for a character. Only accents are narrower than it says. */
function maxColumnsOf(code: number): number {
  const isNarrow = code < 0x1100 || (code >= 0x2000 && code < 0x2600); // to arrows and boxes
  return isNarrow ? 1 : 2;
}

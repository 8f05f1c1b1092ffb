/**
 * Parses JSON from untrusted files.
 * @module
 */

import { firstLine } from "../graph/first_line.ts";

/** Maximum nesting depth of arrays and objects. Gspace's own files have at most 10. */
export const MAX_JSON_DEPTH = 100;

/** A text is not JSON, or is nested too deeply. */
export class JsonError extends Error {
  /** Name of the class. */
  override readonly name = "JsonError";
}

/**
 * Parses JSON text. Rejects values nested deeper than {@link MAX_JSON_DEPTH}, because recursive code
 * could overflow the stack.
 *
 * @throws {JsonError} if the text is not JSON, or is nested too deeply
 */
export function parseJson(text: string): unknown {
  if (text.length > MAX_JSON_DEPTH && depthExceeds(text, MAX_JSON_DEPTH)) {
    throw new JsonError(
      `Cannot read JSON: arrays and objects may be nested at most ${MAX_JSON_DEPTH} deep: ` +
        "current text is deeper",
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new JsonError(`Cannot read JSON: ${firstLine(cause)}`, { cause });
  }
}

const [QUOTE, BACKSLASH, OPEN_ARRAY, OPEN_OBJECT, CLOSE_ARRAY, CLOSE_OBJECT] = [
  ...`"\\[{]}`,
].map((character) => character.charCodeAt(0));

function depthExceeds(text: string, most: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at + 1);
    else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      if (++depth > most) return true;
    } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) depth--;
  }
  return false;
}

/** The index of the quote that ends a string; the length of the text if there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}

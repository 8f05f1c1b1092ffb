/**
 * Text from outside (names, paths, labels) made safe to show on a terminal.
 * @module
 */

/**
 * Characters that move the cursor, recolor, reorder, or hide what is shown: control characters
 * other than line feeds and tabs, and the line and direction marks of Unicode.
 */
const CONTROLS =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * Replaces control characters by escapes, such as `\u001b`, so that text can be shown on a
 * terminal. Line feeds and tabs are kept. JSON stays the same JSON.
 */
export function escapeControls(text: string): string {
  return text.toWellFormed().replace(CONTROLS, escape);
}

/** The same for text that must stay on one line, such as a name or a path. */
export function escapeName(name: string): string {
  return escapeControls(name).replace(/[\n\t]/g, escape);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

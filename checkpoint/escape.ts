/**
 * Escapes untrusted text (names, paths, labels) for terminals.
 * @module
 */

/**
 * Characters that can move the cursor, or recolor, reorder, or hide text: control characters other
 * than line feeds and tabs, and Unicode's line and direction marks.
 */
const CONTROLS =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * Replaces control characters by escapes such as `\u001b`, so that text can be shown on a terminal.
 * Keeps line feeds and tabs. The value of JSON text does not change.
 */
export function escapeControls(text: string): string {
  return text.toWellFormed().replace(CONTROLS, escape);
}

/** Like {@link escapeControls}, for text that must stay on one line, such as a name or path. */
export function escapeName(name: string): string {
  return escapeControls(name).replace(/[\n\t]/g, escape);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

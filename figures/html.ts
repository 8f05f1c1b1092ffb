/** Safe HTML. Only {@link markup} and {@link trusted} make it. */
export class Html {
  /** The HTML source. */
  readonly text: string;

  /** Use {@link markup} instead, which escapes its values. */
  constructor(text: string) {
    this.text = text;
  }
}

/** A value for {@link markup}. Strings and numbers are escaped, and lists are joined. */
export type HtmlValue = string | number | Html | null | readonly HtmlValue[];

/**
 * Template tag for HTML; escapes all values that are not {@link Html}. It is not named `html`
 * because the formatter would then change the whitespace between elements.
 */
export function markup(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const parts = strings.map((text, i) => i === 0 ? text : markupOf(values[i - 1]!) + text);
  return new Html(parts.join(""));
}

/** Marks text as safe HTML. It must come from this project or from the drawing library. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

function markupOf(value: HtmlValue): string {
  if (value === null) return "";
  if (value instanceof Html) return value.text;
  if (typeof value === "string") return escapeMarkup(value);
  if (typeof value === "number") return String(value);
  return value.map(markupOf).join("");
}

const entities: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

/** Escapes text for HTML and XML, including attribute values. */
export function escapeMarkup(text: string): string {
  return legalText(text).replace(/[&<>"']/g, (character) => entities.get(character)!);
}

/** Replaces characters that XML forbids by �. */
export function legalText(text: string): string {
  // deno-lint-ignore no-control-regex -- these are the characters to find
  return text.toWellFormed().replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd");
}

/** Converts a name to a valid `id`, without spaces. */
export function idOf(name: string): string {
  return name.replace(/[^\w-]+/g, "-");
}

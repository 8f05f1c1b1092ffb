/** Markup that may stand in a page as it is; only {@link markup} and {@link trusted} make it. */
export class Html {
  /** Its text. */
  readonly text: string;

  /** Takes the text as markup: use {@link markup}, which escapes what it is given. */
  constructor(text: string) {
    this.text = text;
  }
}

/** What may be put into {@link markup}: texts and numbers are escaped, lists are joined. */
export type HtmlValue = string | number | Html | null | readonly HtmlValue[];

/**
 * Joins markup and values; what is not markup already cannot become any. It is not named `html`
 * because the formatter would then move the blanks between elements.
 */
export function markup(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const parts = strings.map((text, i) => i === 0 ? text : markupOf(values[i - 1]!) + text);
  return new Html(parts.join(""));
}

/** Takes text for markup. It must come from this project or from the drawing library. */
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

/** Text that can stand in HTML and XML, also between quotes. */
export function escapeMarkup(text: string): string {
  return legalText(text).replace(/[&<>"']/g, (character) => entities.get(character)!);
}

/** The text with � in the place of what XML forbids. */
export function legalText(text: string): string {
  // deno-lint-ignore no-control-regex -- these are the characters to be found
  return text.toWellFormed().replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd");
}

/** The name in letters that can stand in an `id`, and that a list of them can hold. */
export function idOf(name: string): string {
  return name.replace(/[^\w-]+/g, "-");
}

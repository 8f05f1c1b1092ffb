import { Marked } from "marked";
import { escapeMarkup, type Html, trusted } from "../../figures/mod.ts";

/** A page of Markdown. */
export interface Markdown {
  /** Its first heading, without marks. */
  readonly title: string;
  /** Everything after the first heading. */
  readonly content: Html;
}

/** Where a link leads: an address, or `null` if the site does not have it. */
export type Resolve = (href: string) => string | null;

/**
 * Renders a page of this repository. Headings get the anchors that links to them expect. A link to
 * something that the site does not have becomes plain text.
 */
export function renderMarkdown(source: string, resolve: Resolve): Markdown {
  const [first = "", ...rest] = source.split("\n");
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        const content = this.parser.parseInline(tokens);
        return `<h${depth} id="${anchorOf(text)}">${content}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const content = this.parser.parseInline(tokens);
        const target = resolve(href);
        return target === null ? content : `<a href="${escapeMarkup(target)}">${content}</a>`;
      },
      image({ href, text }) {
        return `<img src="${escapeMarkup(resolve(href) ?? "")}" alt="${escapeMarkup(text)}">`;
      },
      // comments for the tests of the documentation
      html: ({ text }) => text.startsWith("<!--") ? "" : escapeMarkup(text),
    },
  });
  const title = first.replace(/^#\s+/, "").replaceAll("`", "");
  return { title, content: trusted(marked.parse(rest.join("\n"), { async: false })) };
}

/** The anchor of a heading, as on code hosts. */
export function anchorOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{Letter}\p{Number}\s_-]/gu, "").trim().replace(/\s/g, "-");
}

import { assertEquals } from "@std/assert";
import type { Page } from "../live/chromium.ts";
import { lowContrast } from "./contrast.js";

/** Widths of windows, in pixels: a phone, a tablet, and two desktops. */
const WIDTHS = [390, 768, 1280, 1920] as const;
/** Width of A4 between its margins, in pixels. */
const PAPER = 680;

/**
 * Checks that no page scrolls sideways and that what is in a card stays in it, in windows and on
 * paper, and that printed text is legible in both color schemes.
 */
export async function checkLayout(page: Page): Promise<void> {
  const title = await page.evaluate<string>("document.title");
  for (const width of WIDTHS) {
    await page.look(width, 800, "light");
    await page.until(`innerWidth === ${width}`);
    assertEquals(await page.evaluate(`(${escapes})()`), [], `${title}, ${width} wide`);
  }
  for (const scheme of ["light", "dark"] as const) {
    await page.look(PAPER, 1000, scheme, "print");
    assertEquals(await page.evaluate(`(${escapes})()`), [], `${title}, printed`);
    const faint = await page.evaluate(`(${lowContrast})()`);
    assertEquals(faint, [], `${title}, printed, ${scheme}`);
  }
  await page.look(1280, 800, "light");
}

/**
 * What is wider than the page or its card. Runs in the page. Cards with a table or a figure may scroll
 * in small windows only, and code everywhere but on paper.
 */
function escapes(): readonly string[] {
  // deno-lint-ignore no-explicit-any -- the document, whose types are those of browsers
  const { document, getComputedStyle, innerWidth, matchMedia } = globalThis as any;
  const mayScroll = innerWidth < 1280 && !matchMedia("print").matches;
  const isScroller = (element: { tagName: string }) =>
    ["auto", "scroll"].includes(getComputedStyle(element).overflowX) &&
    (mayScroll || element.tagName === "PRE" && !matchMedia("print").matches);
  const found: string[] = [];
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} wide`);
  const seen = new Set();
  for (const box of document.querySelectorAll(".card, .panel-card, figure, .scroll, pre, table")) {
    if (seen.has(box) || !box.checkVisibility()) continue;
    const { right } = box.getBoundingClientRect();
    for (const element of box.querySelectorAll("*")) {
      seen.add(element);
      if (!element.checkVisibility() || element.closest(".unseen, .tip")) continue;
      let inner = element.parentElement;
      while (inner !== box && !isScroller(inner)) inner = inner.parentElement;
      const edge = element.getBoundingClientRect();
      if (isScroller(inner) || edge.width === 0 || edge.right <= right + 1) continue;
      const what = `${element.tagName} "${element.textContent.trim().slice(0, 40)}"`;
      found.push(`${what} ends ${Math.round(edge.right - right)} px beyond ${box.tagName}`);
    }
  }
  return found.slice(0, 5);
}

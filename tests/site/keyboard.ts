import type { Page } from "../live/chromium.ts";

/** What has the focus. */
interface Stop {
  /** Number of the element among those that can be reached; missing outside of the page. */
  readonly number: number | null;
  readonly what: string;
  /** Whether its focus can be seen, within the window. */
  readonly isVisible: boolean;
}

/**
 * Walks through a page with the Tab key, and says which controls it does not reach, on which the
 * focus cannot be seen, and where it is caught. Empty if a user needs no mouse.
 */
export async function keyboardFaults(page: Page): Promise<readonly string[]> {
  const all = await page.evaluate<string[]>(`(${markControls})()`);
  const reached = new Set<number>();
  const faults: string[] = [];
  let last: number | null = null;
  // one more than there are, to leave the page
  for (let i = 0; i <= all.length + 1; i++) {
    await page.press("Tab");
    const { number, what, isVisible } = await page.evaluate<Stop>(`(${stopOf})()`);
    if (number === null) continue;
    if (number === last) return [...faults, `the focus does not leave ${what}`];
    last = number;
    if (reached.has(number)) break;
    reached.add(number);
    if (!isVisible) faults.push(`the focus on ${what} cannot be seen`);
  }
  const missed = all.filter((_, i) => !reached.has(i));
  return [...faults, ...missed.map((what) => `Tab does not reach ${what}`)];
}

/** Numbers the controls of the page. Of radio buttons with one name, the keyboard stops at one. */
function markControls(): readonly string[] {
  // deno-lint-ignore no-explicit-any -- the document, whose types are those of browsers
  const { document, scrollTo } = globalThis as any;
  const controls = "a[href], button, input, select, summary, [tabindex='0']";
  const found = [...document.querySelectorAll(controls)].filter((element) =>
    element.checkVisibility() && !element.disabled &&
    !(element.type === "radio" && !element.checked)
  );
  found.forEach((element, i) => element.dataset.stop = i);
  document.activeElement?.blur();
  scrollTo(0, 0);
  return found.map((element) => element.outerHTML.slice(0, 80));
}

/** The control with the focus. */
function stopOf(): Stop {
  // deno-lint-ignore no-explicit-any -- the document, whose types are those of browsers
  const { document, getComputedStyle, innerHeight } = globalThis as any;
  const at = document.activeElement;
  // the look of a hidden radio button is that of the element after it
  const shown = getComputedStyle(at).opacity === "0" ? at.nextElementSibling : at;
  const { outlineStyle, outlineWidth } = getComputedStyle(shown);
  const { top, bottom } = shown.getBoundingClientRect();
  const isOutlined = outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
  return {
    number: at.dataset.stop === undefined ? null : Number(at.dataset.stop),
    what: at.outerHTML.slice(0, 80),
    isVisible: isOutlined && bottom > 0 && top < innerHeight,
  };
}

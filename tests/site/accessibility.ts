import type { AxNode, Page } from "../live/chromium.ts";

/** Roles of what can be used, which must have a name. */
const usable = new Set([
  ...["button", "link", "checkbox", "radio", "slider", "spinbutton", "textbox", "searchbox"],
  ...["combobox", "listbox", "switch", "tab", "menuitem", "DisclosureTriangle"],
]);

/** Roles of other parts whose contents only a name tells. */
const named = new Set(["image", "img", "region", "progressbar", "meter"]);

/** Landmarks of which a page has at most one. */
const single = ["main", "banner", "contentinfo"];

/**
 * What is wrong with a page for those who do not see it or use no mouse: in the tree that Chromium
 * gives to screen readers, and in what only its document shows. Empty if nothing is.
 */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  const nodes = (await page.accessibilityTree()).filter(({ ignored }) => !ignored);
  return [
    ...nodes.flatMap(unnamed),
    ...headingFaults(nodes),
    ...landmarkFaults(nodes),
    ...await page.evaluate<string[]>(`(${documentFaults})()`),
  ];
}

const roleOf = ({ role }: AxNode): string => String(role?.value ?? "");
const nameOf = ({ name }: AxNode): string => String(name?.value ?? "").trim();

function unnamed(node: AxNode): readonly string[] {
  const role = roleOf(node);
  if (!usable.has(role) && !named.has(role)) return [];
  return nameOf(node) === "" ? [`a ${role} without a name`] : [];
}

/** A page has one title, and its headings skip no level. */
function headingFaults(nodes: readonly AxNode[]): readonly string[] {
  const headings = nodes.filter((node) => roleOf(node) === "heading").map((node) => ({
    name: nameOf(node),
    level: Number(node.properties?.find(({ name }) => name === "level")?.value.value),
  }));
  const titles = headings.filter(({ level }) => level === 1).length;
  const skipped = headings.flatMap(({ name, level }, i) =>
    level > (headings[i - 1]?.level ?? 0) + 1 ? [`heading ${level} "${name}" skips a level`] : []
  );
  return [...(titles === 1 ? [] : [`${titles} headings of level 1`]), ...skipped];
}

function landmarkFaults(nodes: readonly AxNode[]): readonly string[] {
  const count = (role: string) => nodes.filter((node) => roleOf(node) === role).length;
  const navigations = nodes.filter((node) => roleOf(node) === "navigation").map(nameOf);
  return [
    ...single.filter((role) => count(role) > 1).map((role) => `more than one ${role}`),
    ...(count("main") === 0 ? ["no main"] : []),
    ...(new Set(navigations).size < navigations.length ? ["navigations with equal names"] : []),
  ];
}

/** Runs in the page. */
function documentFaults(): readonly string[] {
  // deno-lint-ignore no-explicit-any -- the document, whose types are those of browsers
  const { document, getComputedStyle } = globalThis as any;
  const faults: string[] = [];
  if (!document.documentElement.lang) faults.push("no language");
  if (!document.title) faults.push("no title");
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) {
    faults.push(`more than one #${id}`);
  }
  for (const element of document.querySelectorAll("[aria-labelledby], [aria-describedby], [for]")) {
    for (const name of ["aria-labelledby", "aria-describedby", "for"]) {
      for (const id of element.getAttribute(name)?.split(/\s+/) ?? []) {
        if (!document.getElementById(id)) faults.push(`${name} of #${id}, which there is not`);
      }
    }
  }
  for (
    const element of document.querySelectorAll("a, button, input, select, summary, [tabindex]")
  ) {
    if (element.tabIndex < 0 || !element.checkVisibility()) continue;
    const what = element.outerHTML.slice(0, 80);
    if (element.closest("[aria-hidden=true]")) {
      faults.push(
        `can be focused, but is hidden: ${what}`,
      );
    }
    if (getComputedStyle(element).visibility === "hidden") faults.push(`is invisible: ${what}`);
    if (element.tabIndex > 0) faults.push(`is out of order: ${what}`);
  }
  return faults;
}

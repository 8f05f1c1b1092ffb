/** Figures that the tests draw, and helpers to read drawings. */
import { DOMParser } from "linkedom";
import type { Figure, LinePanel, NetworkPanel } from "../../figures/mod.ts";

/** Text that must be escaped everywhere. */
export const hostile = `a"><script>alert('1')</script>&amp; ]]> <!-- \u0000 \ud800`;

/** Two curves with bands and one that differs from the second by dashes. */
export const curves: LinePanel = {
  title: "Loss",
  x: { label: "epoch", unit: "", scale: "linear" },
  y: { label: "training loss", unit: "nats", scale: "linear" },
  curves: [
    { label: "sgd", arm: "sgd", variant: 0, points: points(1) },
    { label: "gsgd", arm: "gsgd", variant: 0, points: points(2) },
    { label: "gsgd, rescaled", arm: "gsgd", variant: 1, points: points(3) },
  ],
};

function points(scale: number) {
  return [1, 2, 3, 4].map((x) => ({
    x,
    y: scale / x,
    low: scale / x - 0.1,
    high: scale / x + 0.1,
  }));
}

/** Two layers of a network; the column in the middle has units that are not drawn. */
export const network: NetworkPanel = {
  kind: "network",
  title: "net",
  layers: [
    {
      label: "first",
      from: { count: 2, filled: [false, false] },
      to: { count: 20, filled: [true, true, true] },
      joined: false,
      links: [
        { label: "faint", look: "faint", total: 38, pairs: [[0, 1], [1, 0], [1, 1]] },
        { label: "strong", look: "strong", total: 2, pairs: [[0, 0], [1, 3]] },
      ],
    },
    {
      label: "second",
      from: { count: 20, filled: [true, true, true] },
      to: { count: 1, filled: [false] },
      joined: true,
      links: [{ label: "dashed", look: "dashed", total: 20, pairs: [[0, 0], [2, 0]] }],
    },
  ],
};

/** A figure of some panels. */
export function figureOf(...panels: Figure["panels"]): Figure {
  return { name: "sample", title: "A sample", caption: "Made up.", columns: 2, panels };
}

/** The part of a parsed document that tests use. */
export interface Parsed {
  querySelectorAll(selector: string): Iterable<ParsedElement>;
}

/** One of its elements. */
export interface ParsedElement extends Parsed {
  readonly textContent: string;
  getAttribute(name: string): string | null;
}

/** Parses a drawing. */
export function parsed(svg: string): Parsed {
  return new DOMParser().parseFromString(svg, "image/svg+xml");
}

/** The elements that a selector finds. */
export function all(within: Parsed, selector: string): readonly ParsedElement[] {
  return [...within.querySelectorAll(selector)];
}

/** The texts of a drawing, in order. */
export function texts(within: Parsed): readonly string[] {
  return all(within, "text").map(({ textContent }) => textContent);
}

/** The corners of the paths of the curves, in the drawing's units. */
export function pathsOf(within: Parsed, selector: string): readonly (readonly number[][])[] {
  return all(within, `${selector} path`).map((path) =>
    (path.getAttribute("d") ?? "").split(/[MLZ]/).filter((part) => part !== "")
      .map((part) => part.split(",").map(Number))
  );
}

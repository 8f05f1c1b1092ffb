import { firstLine } from "../graph/first_line.ts";
import { legalText } from "./html.ts";
import type { Axis } from "./figure.ts";
import { type SeriesStyle, type SeriesStyles, styleOf } from "./series_style.ts";

/** The drawing library. */
export type Library = typeof import("./plot_library.ts");

/** A panel drawn as SVG. */
export interface Drawing {
  /** One `svg` element. */
  readonly svg: string;
  readonly width: number;
  readonly height: number;
  /** Data for the page's script, which shows values under the pointer. */
  readonly hover?: Hover;
}

/** Position of the curves of a panel, for the script of a page. */
export interface Hover {
  readonly x: { readonly low: number; readonly high: number; readonly log: boolean };
  /** Ends of the horizontal axis, in pixels of the drawing. */
  readonly left: number;
  readonly right: number;
  readonly width: number;
  readonly xLabel: string;
  readonly unit: string;
  readonly curves: readonly HoverCurve[];
}

/** A curve, for the script of a page. */
interface HoverCurve {
  readonly label: string;
  readonly color: number;
  /** Index of the curve's entry in the legend. */
  readonly key: number;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Drawing context of panels: library, styles, and legend. */
export interface Canvas {
  readonly library: Library;
  readonly styles: SeriesStyles;
  /** Labels of the figure's legend. Elements of entry i have the class `k` + i. */
  readonly keys: readonly string[];
  /** Prefix of element ids, unique in the page. */
  readonly id: string;
}

const SVG = "http://www.w3.org/2000/svg";

/** Width of a panel. It fits narrow screens without scaling, which would shrink its text. */
export const PANEL_WIDTH = 384;

/** Estimates the width of a text in the font of ticks. */
export function textWidth(text: string, size = 12): number {
  return text.length * size * 0.58;
}

/** Title of an axis, with its unit. */
export function axisTitle({ label, unit }: Axis): string {
  return unit === "" ? label : `${label} (${unit})`;
}

/** Classes of elements that belong to one entry of the legend. */
export function classesOf(canvas: Canvas, label: string, arm: string): string {
  return `series k${canvas.keys.indexOf(label)} ${colorClass(styleOf(canvas.styles, arm))}`;
}

/** The class that sets the color of an arm. */
export function colorClass({ color }: SeriesStyle): string {
  return `c${color}`;
}

let loading: Promise<Library> | undefined;

/**
 * Loads the drawing library, once.
 *
 * The file is given as a URL so that the library is fetched when the first figure is drawn. A
 * static name, even in `import()`, would be fetched when the program starts.
 */
export async function loadLibrary(): Promise<Library> {
  loading ??= import(new URL("./plot_library.ts", import.meta.url).href);
  try {
    return await loading;
  } catch (cause) {
    loading = undefined;
    throw new DrawingError(
      `Cannot draw figures: the drawing library did not load: ${firstLine(cause)}`,
      {
        cause,
      },
    );
  }
}

/** The drawing library cannot be loaded, for example without a network and a cached copy. */
export class DrawingError extends Error {
  /** Name of the class. */
  override readonly name = "DrawingError";
}

/** Text of a drawing for screen readers. */
interface Spoken {
  readonly title: string;
  readonly description: string;
}

/** The part of the DOM used here. Its types are not available outside a browser. */
interface SvgElement {
  readonly outerHTML: string;
  textContent: string | null;
  querySelector(selector: string): { remove(): void } | null;
  setAttribute(name: string, value: string): void;
  prepend(child: SvgElement): void;
}

type PlotOptions = NonNullable<Parameters<Library["plot"]>[0]>;

/** Draws a panel, and removes what is useful only in pages of the library itself. */
export function render(
  { library, id }: Canvas,
  options: PlotOptions & { readonly height: number },
  { title, description }: Spoken,
): Pick<Drawing, "svg" | "width" | "height"> {
  const document = new library.DOMParser().parseFromString(
    `<svg xmlns="${SVG}"/>`,
    "image/svg+xml",
  );
  const svg: SvgElement = library.plot({
    width: PANEL_WIDTH,
    ...options,
    document,
    className: "panel",
  });
  svg.querySelector("style")?.remove();
  svg.setAttribute("xmlns", SVG);
  svg.setAttribute("font-size", "12");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-labelledby", `${id}-title ${id}-desc`);
  for (const [name, text] of [["desc", description], ["title", title]] as const) {
    const element: SvgElement = document.createElementNS(SVG, name, undefined);
    element.setAttribute("id", `${id}-${name}`);
    element.textContent = text;
    svg.prepend(element);
  }
  return { svg: legalText(svg.outerHTML), width: PANEL_WIDTH, height: options.height };
}

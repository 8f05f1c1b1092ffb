import { legalText } from "./html.ts";
import type { Axis } from "./figure.ts";
import { type SeriesStyle, type SeriesStyles, styleOf } from "./series_style.ts";

/** The drawing library. */
export type Library = typeof import("./plot_library.ts");

/** A panel as SVG. */
export interface Drawing {
  /** One `svg` element. */
  readonly svg: string;
  readonly width: number;
  readonly height: number;
  /** What a page's script needs to show values under the pointer. */
  readonly hover?: Hover;
}

/** Where the curves of a panel are, for the script of a page. */
export interface Hover {
  readonly x: { readonly low: number; readonly high: number; readonly log: boolean };
  /** Ends of the horizontal axis in the drawing. */
  readonly left: number;
  readonly right: number;
  readonly width: number;
  readonly xLabel: string;
  readonly unit: string;
  readonly curves: readonly HoverCurve[];
}

/** One curve, for the script of a page. */
export interface HoverCurve {
  readonly label: string;
  readonly color: number;
  /** Number of the curve's entry in the legend. */
  readonly key: number;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What is drawn into, and with which styles. */
export interface Canvas {
  readonly library: Library;
  readonly styles: SeriesStyles;
  /** The figure's legend: each label has a number, which the elements carry as class `k…`. */
  readonly keys: readonly string[];
  /** Tells apart the elements of one page that need a name. */
  readonly id: string;
}

const SVG = "http://www.w3.org/2000/svg";

/** Width of a panel: that of a narrow screen, so that its text is as large as text around it. */
export const PANEL_WIDTH = 384;

/** About how wide a text is in the font of ticks. */
export function textWidth(text: string, size = 12): number {
  return text.length * size * 0.58;
}

/** What an axis is called, with its unit. */
export function axisTitle({ label, unit }: Axis): string {
  return unit === "" ? label : `${label} (${unit})`;
}

/** The classes of what belongs to one entry of the legend. */
export function classesOf(canvas: Canvas, label: string, arm: string): string {
  return `series k${canvas.keys.indexOf(label)} ${colorClass(styleOf(canvas.styles, arm))}`;
}

/** The class that sets an arm's colour. */
export function colorClass({ color }: SeriesStyle): string {
  return `c${color}`;
}

let loading: Promise<Library> | undefined;

/**
 * Loads the drawing library, once.
 *
 * The file is named by a URL so that the library is fetched when something is drawn, not with
 * the program: a static name, also in `import()`, would be fetched at the start.
 */
export async function loadLibrary(): Promise<Library> {
  loading ??= import(new URL("./plot_library.ts", import.meta.url).href);
  try {
    return await loading;
  } catch (cause) {
    loading = undefined;
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new DrawingError(`Cannot draw figures: the drawing library did not load: ${reason}`, {
      cause,
    });
  }
}

/** The drawing library cannot be had, as without network before it was ever loaded. */
export class DrawingError extends Error {
  /** Tells it from other errors. */
  override readonly name = "DrawingError";
}

/** What a drawing says to those who do not see it. */
export interface Spoken {
  readonly title: string;
  readonly description: string;
}

/** The part of the DOM that is used here; its types are not loaded outside a browser. */
interface SvgElement {
  readonly outerHTML: string;
  textContent: string | null;
  querySelector(selector: string): { remove(): void } | null;
  setAttribute(name: string, value: string): void;
  prepend(child: SvgElement): void;
}

type PlotOptions = NonNullable<Parameters<Library["plot"]>[0]>;

/** Draws, and takes away what is of use in the library's own pages only. */
export function render(
  { library, id }: Canvas,
  options: PlotOptions & { readonly width: number; readonly height: number },
  { title, description }: Spoken,
): Pick<Drawing, "svg" | "width" | "height"> {
  const document = new library.DOMParser().parseFromString(
    `<svg xmlns="${SVG}"/>`,
    "image/svg+xml",
  );
  const svg: SvgElement = library.plot({ ...options, document, className: "panel" });
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
  return { svg: legalText(svg.outerHTML), width: options.width, height: options.height };
}

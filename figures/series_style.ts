import type { Curve, Figure, Panel } from "./figure.ts";

/** Marks at the points of a curve, so that colour is not all that tells curves apart. */
export type MarkSymbol = "circle" | "square" | "triangle" | "diamond";

/** How what belongs to one arm is drawn, in every figure of a page and in every file. */
export interface SeriesStyle {
  /** Number among the colours, from 1: the class `c1`, … */
  readonly color: number;
  /** The arm has the colour of a relative, and dashes. */
  readonly dashed: boolean;
  /** The mark at its points. */
  readonly symbol: MarkSymbol;
}

/** The styles of all arms that a page or file shows. */
export type SeriesStyles = ReadonlyMap<string, SeriesStyle>;

/** One colour on light and on dark paper. */
export interface InkColor {
  /** On light paper, and in print. */
  readonly light: string;
  /** On dark paper. */
  readonly dark: string;
}

/**
 * Found by a search that kept each pair apart for people with normal sight, protanopia,
 * deuteranopia and tritanopia, the first four most of all; the tests measure it again.
 */
export const inkColors: readonly InkColor[] = [
  { light: "#2f4fb5", dark: "#8fb0f5" },
  { light: "#c0500a", dark: "#f3881a" },
  { light: "#0aa650", dark: "#34f0b5" },
  { light: "#cf5bea", dark: "#a964f5" },
  { light: "#8c1f5c", dark: "#f33071" },
  { light: "#54540a", dark: "#f9d160" },
  { light: "#0d86a8", dark: "#12a0bc" },
  { light: "#858d9b", dark: "#c1a9a8" },
];

const symbols: readonly MarkSymbol[] = ["circle", "square", "triangle", "diamond"];

/** Optimizers keep their style wherever they appear; relatives share a colour. */
const known: ReadonlyMap<string, SeriesStyle> = new Map([
  ["sgd", style(1)],
  ["sgd-skeleton", style(2)],
  ["gsgd", style(3)],
  ["path-sgd", style(4)],
  ["path-sgd-skeleton", style(4, true)],
  ["momentum", style(5)],
  ["adam", style(6)],
  ["rmsprop", style(7)],
  ["frozen-skeleton", style(2, true)],
  ["nesterov", style(5, true)],
  ["adamw", style(6, true)],
]);

function style(color: number, dashed = false): SeriesStyle {
  return { color, dashed, symbol: symbols[(color - 1) % symbols.length]! };
}

/** Gives each arm its style: its own if it is known, else the next one that is free. */
export function stylesOf(arms: Iterable<string>): SeriesStyles {
  const names = [...new Set(arms)];
  const taken = new Set(names.flatMap((name) => known.get(name) ?? []).map(keyOf));
  const all = [false, true].flatMap((dashed) => inkColors.map((_, i) => style(i + 1, dashed)));
  // colours that no optimizer of ours has come first
  const free = [...all.slice(7, 8), ...all.slice(0, 7), ...all.slice(8)]
    .filter((candidate) => !taken.has(keyOf(candidate)));
  let next = 0;
  return new Map(names.map((name) => [name, known.get(name) ?? free[next++ % free.length]!]));
}

function keyOf({ color, dashed }: SeriesStyle): string {
  return `${color}${dashed}`;
}

/** The names that need a style in these figures. */
export function armsOf(figures: readonly Pick<Figure, "panels">[]): readonly string[] {
  return figures.flatMap(({ panels }) => panels).flatMap(armsOfPanel);
}

function armsOfPanel(panel: Panel): readonly string[] {
  if (panel.kind === "bars") return panel.bars.map(({ arm }) => arm);
  if (panel.kind === "histogram") return panel.series.map(({ arm }) => arm);
  if (panel.kind === "matrix") return [];
  return panel.curves.map(({ arm }) => arm);
}

/** The style of an arm that a map was made for. */
export function styleOf(styles: SeriesStyles, arm: string): SeriesStyle {
  const found = styles.get(arm);
  if (!found) throw new Error(`Internal: no style was chosen for "${arm}"`);
  return found;
}

/** Pairs: the dashes of an arm with its own color, and of a relative that shares the color. */
const dashes = [
  ["none", "6 4"],
  ["2 3", "9 3 2 3"],
  ["12 4", "6 3 1 3 1 3"],
  ["1 6", "12 3 4 3"],
] as const;

/** The dashes of a curve, as SVG says them; no two curves of one color share them. */
export function dashOf({ dashed }: SeriesStyle, { variant }: Pick<Curve, "variant">): string {
  return dashes[variant % dashes.length]![dashed ? 1 : 0];
}

import type { Curve, Figure, Panel } from "./figure.ts";

/** Marks at the points of a curve, so that curves are not distinguished by color alone. */
export type MarkSymbol = "circle" | "square" | "triangle" | "diamond";

/** Style of an arm, the same in all figures of a page. */
export interface SeriesStyle {
  /** Number of the color, from 1: the class `c1`, … */
  readonly color: number;
  /** Whether it shares the color of a related arm and is dashed. */
  readonly dashed: boolean;
  /** Mark at its points. */
  readonly symbol: MarkSymbol;
}

/** Styles of all arms in a page or file. */
export type SeriesStyles = ReadonlyMap<string, SeriesStyle>;

/** A color for light and dark backgrounds. */
export interface InkColor {
  /** For light backgrounds and print. */
  readonly light: string;
  /** For dark backgrounds. */
  readonly dark: string;
}

/**
 * Found by a search that keeps each pair distinguishable with normal vision, protanopia,
 * deuteranopia, and tritanopia, above all the first four. Tests check the distances.
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

/** Styles of known optimizers, the same everywhere. Related ones share a color. */
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

/**
 * Assigns styles to arms, and to those in figures: that of a known optimizer, or else the next unused
 * one.
 */
export function stylesOf(
  arms: Iterable<string>,
  figures: readonly Pick<Figure, "panels">[] = [],
): SeriesStyles {
  const names = [...new Set([...arms, ...figures.flatMap(({ panels }) => panels.flatMap(armsOf))])];
  const taken = new Set(names.flatMap((name) => known.get(name) ?? []).map(keyOf));
  const all = [false, true].flatMap((dashed) => inkColors.map((_, i) => style(i + 1, dashed)));
  // colors that no known optimizer uses come first
  const free = [...all.slice(7, 8), ...all.slice(0, 7), ...all.slice(8)]
    .filter((candidate) => !taken.has(keyOf(candidate)));
  let next = 0;
  return new Map(names.map((name) => [name, known.get(name) ?? free[next++ % free.length]!]));
}

function keyOf({ color, dashed }: SeriesStyle): string {
  return `${color}${dashed}`;
}

function armsOf(panel: Panel): readonly string[] {
  if (panel.kind === "bars") return panel.bars.map(({ arm }) => arm);
  if (panel.kind === "histogram") return panel.series.map(({ arm }) => arm);
  if (panel.kind === "matrix" || panel.kind === "network") return [];
  return panel.curves.map(({ arm }) => arm);
}

/** Returns the style of an arm, which must be in the map. */
export function styleOf(styles: SeriesStyles, arm: string): SeriesStyle {
  const found = styles.get(arm);
  if (!found) throw new Error(`Internal: there is no style for "${arm}"`);
  return found;
}

/** Dashes by variant: of an arm with its own color, and of one that shares its color. */
const dashes = [
  ["none", "6 4"],
  ["2 3", "9 3 2 3"],
  ["12 4", "6 3 1 3 1 3"],
  ["1 6", "12 3 4 3"],
] as const;

/** Dashes of a curve, in SVG's format. No two curves of one color share them. */
export function dashOf({ dashed }: SeriesStyle, { variant }: Pick<Curve, "variant">): string {
  return dashes[variant % dashes.length]![dashed ? 1 : 0];
}

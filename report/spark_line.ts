import { type Html, markup, type Point, type SeriesStyles } from "../figures/mod.ts";
import { styleOf } from "../figures/series_style.ts";

const [WIDTH, HEIGHT, MARGIN] = [110, 26, 2];
/** Number of points of a curve. */
const MOST = 40;

/** A curve of an optimizer, in the order of x. */
export interface SparkCurve {
  readonly arm: string;
  readonly points: readonly Pick<Point, "x" | "y">[];
}

/**
 * Draws curves as small as a word, without axes: their shape, and which is lower.
 * @param name what it shows, for those who cannot see it
 */
export function sparkLine(
  curves: readonly SparkCurve[],
  styles: SeriesStyles,
  name: string,
): Html | null {
  const shown = curves.map(({ arm, points }) => ({ arm, points: thinned(points) }))
    .filter(({ points }) => points.length > 1);
  if (shown.length === 0) return null;
  const all = shown.flatMap(({ points }) => points);
  const left = scaleFor(all.map(({ x }) => x), WIDTH);
  const height = scaleFor(all.map(({ y }) => y), HEIGHT);
  const lines = shown.map(({ arm, points }) => {
    const { color, dashed } = styleOf(styles, arm);
    const path = points.map(({ x, y }) => `${left(x)},${digits(HEIGHT - height(y))}`).join(" ");
    return markup`<polyline class="c${color}" points="${path}"${
      dashed ? markup` stroke-dasharray="4 2"` : null
    } />`;
  });
  return markup`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" \
aria-label="${name}">${lines}</svg>`;
}

/** The last of each of several equal intervals, and the first of all. */
function thinned(points: SparkCurve["points"]): SparkCurve["points"] {
  const finite = points.filter(({ y }) => Number.isFinite(y));
  const every = Math.ceil(finite.length / MOST);
  return finite.filter((_, i) => i === 0 || (finite.length - 1 - i) % every === 0);
}

/** Maps values from their range to that of the picture. */
function scaleFor(values: readonly number[], size: number): (value: number) => number {
  const low = Math.min(...values);
  const range = Math.max(...values) - low || 1;
  return (value) => digits(MARGIN + (value - low) / range * (size - 2 * MARGIN));
}

const digits = (value: number) => Number(value.toFixed(1));

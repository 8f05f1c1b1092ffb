import { groupBy } from "../graph/mod.ts";
import type { Axis, Point } from "./figure.ts";

/** Curves with more points than this are thinned out: more are not visible in a panel. */
const MOST = 2000;

/** Number of intervals of the axis; each keeps four points. */
const COLUMNS = MOST / 4;

/**
 * Thins out a curve with very many points, given in the order of x: keeps the first, the lowest,
 * the highest, and the last point of each of several equal intervals. It looks the same in a
 * smaller file.
 */
export function thinPoints(
  points: readonly Required<Point>[],
  { scale }: Axis,
): readonly Required<Point>[] {
  if (points.length <= MOST) return points;
  const placeOf = ({ x }: Point) => scale === "log" ? Math.log(x) : x;
  const first = placeOf(points[0]!);
  const length = placeOf(points.at(-1)!) - first || 1;
  const columns = groupBy(
    points,
    (point) => Math.min(COLUMNS - 1, Math.floor((placeOf(point) - first) / length * COLUMNS)),
  );
  return [...columns.values()].flatMap((column) => {
    const lowest = column.reduce((low, point) => point.y < low.y ? point : low);
    const highest = column.reduce((high, point) => point.y > high.y ? point : high);
    const kept = new Set([column[0]!, lowest, highest, column.at(-1)!]);
    return column.filter((point) => kept.has(point));
  });
}

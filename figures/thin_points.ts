import type { Axis, Point } from "./figure.ts";

/** Curves with more points than this are thinned out: no eye tells that many apart in a panel. */
const MOST = 2000;

/** Parts of the axis of which each keeps four points. */
const COLUMNS = MOST / 4;

/**
 * Of a curve with very many points, in the order of x: the first, the lowest, the highest and the
 * last one of each of some equal parts of the axis. It looks the same, and its file is small.
 */
export function thinPoints(
  points: readonly Required<Point>[],
  { scale }: Axis,
): readonly Required<Point>[] {
  if (points.length <= MOST) return points;
  const placeOf = ({ x }: Point) => scale === "log" ? Math.log(x) : x;
  const first = placeOf(points[0]!);
  const length = placeOf(points.at(-1)!) - first || 1;
  const columns = Map.groupBy(
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

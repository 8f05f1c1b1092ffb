import type { Choice, RunPoint, Search } from "./expand.ts";
import { metricOf } from "./metrics.ts";
import type { PointResult } from "./point_result.ts";
import { mean } from "./statistics.ts";

/**
 * Chooses the best value of each search: the lowest mean of the metric, or the highest where
 * higher is better. Values with a diverged run are excluded, unless every value has one.
 */
export function choose(
  searches: readonly Search[],
  by: string,
  resultOf: (point: RunPoint) => PointResult | undefined,
): readonly Choice[] {
  const { of, better } = metricOf(by);
  const sign = better === "higher" ? -1 : 1;
  return searches.map(({ arm, axes, setting, candidates }): Choice => {
    const scored = candidates.map(({ value, points }) => {
      const values = points.map((point) => {
        const result = resultOf(point);
        return result?.status === "done" ? of(result) : null;
      });
      const isWhole = values.every((one) => one !== null && Number.isFinite(one));
      return { value, score: isWhole ? sign * mean(values.map((one) => one!))! : Infinity };
    });
    const [best] = scored.toSorted((a, b) => a.score - b.score);
    const tried = candidates.map(({ value }) => value);
    const isEnd = best!.value === Math.min(...tried) || best!.value === Math.max(...tried);
    // if all diverged, no value is the best, so being at the edge means nothing
    const edge = isEnd && tried.length > 1 && best!.score < Infinity;
    return { arm, axes, setting, value: best!.value, edge };
  });
}

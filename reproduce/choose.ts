import type { Choice, RunPoint, Search } from "./expand.ts";
import type { PointResult } from "./point_result.ts";
import { mean } from "./statistics.ts";
import { metricOf } from "./tables.ts";

/**
 * Takes the best value of each search: the lowest mean of the metric, or the highest where
 * that is better. A value with a run that diverged is out, unless all are.
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
    // where all diverged none is the best, and what lies beyond is no better for it
    const edge = isEnd && tried.length > 1 && best!.score < Infinity;
    return { arm, axes, setting, value: best!.value, edge };
  });
}

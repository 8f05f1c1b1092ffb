/**
 * Normalization of your own dataset to features with mean 0 and standard deviation 1.
 * @module
 */
import { type Dataset, type Normalization, type RawArray, sampleSize } from "./dataset.ts";

/**
 * Measures mean and standard deviation of the training split. Images [channels, height, width] get
 * one pair per channel, and vectors of features one pair per feature. Vectors of bytes, which are
 * pixels, and all other samples get a single pair. Constant values are only centered.
 *
 * @example
 * ```ts
 * import { features, loadDataset, measureNormalization } from "./mod.ts";
 * const digits = await loadDataset("digits");
 * const dataset = { ...digits, normalization: measureNormalization(digits) };
 * const x = features(dataset, dataset.train);
 * console.assert(Math.abs(x.reduce((sum, value) => sum + value, 0)) < 0.01 * x.length);
 * ```
 */
export function measureNormalization(
  dataset: Pick<Dataset, "train" | "sampleShape" | "normalization">,
): Normalization {
  const { train: { x }, sampleShape, normalization: { scale } } = dataset;
  const groups = groupsOf(sampleShape, x);
  const groupSize = sampleSize(dataset) / groups;
  const count = x.length / groups;
  const mean = sums(x, { groups, groupSize }, (value) => value * scale).map((sum) => sum / count);
  const squares = sums(x, { groups, groupSize }, (value, group) => {
    const distance = value * scale - mean[group]!;
    return distance * distance;
  });
  // the variance of a constant value is only rounding error
  const std = squares.map((sum, group) => {
    const spread = Math.sqrt(sum / count);
    return spread > 1e-12 * Math.abs(mean[group]!) ? spread : 1;
  });
  return { scale, mean, std };
}

function groupsOf(sampleShape: readonly number[], x: RawArray): number {
  const isRow = sampleShape.length === 1 && x instanceof Float32Array;
  return isRow || sampleShape.length === 3 ? sampleShape[0]! : 1;
}

/** Sums over all samples, for each group of a sample's values. */
function sums(
  x: RawArray,
  { groups, groupSize }: { readonly groups: number; readonly groupSize: number },
  term: (value: number, group: number) => number,
): number[] {
  const totals = new Array<number>(groups).fill(0);
  for (let start = 0, group = 0; start < x.length; start += groupSize) {
    let total = 0;
    for (let i = start; i < start + groupSize; i++) total += term(x[i]!, group);
    totals[group]! += total;
    group = group + 1 === groups ? 0 : group + 1;
  }
  return totals;
}

import { type Tensor, type Updates, Variable } from "../../autograd/mod.ts";
import { formatType, type HostArray, ShapeError } from "../../graph/mod.ts";
import { DeviceMetric } from "./device_metric.ts";

/** Errors of predictions of numbers. All are NaN without elements. */
export interface RegressionScores {
  /** Number of elements. */
  readonly count: number;
  /** Mean squared error. */
  readonly mse: number;
  /** Root of the mean squared error. */
  readonly rmse: number;
  /** Mean absolute error. */
  readonly mae: number;
  /** Coefficient of determination, 1 − Σ (prediction − target)² / Σ (target − mean)². */
  readonly r2: number;
}

/**
 * Mean squared and absolute errors, and R², over all elements of all batches. The variance of the
 * targets is merged batch by batch [Chan et al. 1983], so a large mean costs no accuracy.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compile, openBackend, tensor } from "@gspace/gspace";
 * import { RegressionErrors } from "@gspace/gspace/train";
 *
 * using backend = await openBackend("cpu");
 * using errors = new RegressionErrors();
 * const [predicted, target] = [tensor([1, 2, 5]), tensor([1, 3, 5])];
 * using step = await compile({}, () => ({ updates: errors.update(predicted, target) }), { backend });
 * step.run();
 * assertEquals((await errors.compute()).r2, 0.875);
 * ```
 */
export class RegressionErrors extends DeviceMetric<RegressionScores> {
  /** i32[]: number of elements. */
  readonly count: Variable = new Variable("regression.count", { dtype: "i32", shape: [] });
  /** f32[]: sum of the squared errors. */
  readonly squares: Variable = sumOf("squares");
  /** f32[]: sum of the absolute errors. */
  readonly distances: Variable = sumOf("distances");
  /** f32[]: mean of the targets. */
  readonly mean: Variable = sumOf("mean");
  /** f32[]: sum of the targets' squared distances from their mean. */
  readonly spread: Variable = sumOf("spread");

  /** The sums. */
  override state(): ReadonlyMap<string, Variable> {
    const { count, squares, distances, mean, spread } = this;
    const all = [count, squares, distances, mean, spread];
    return new Map(all.map((variable) => [variable.name, variable]));
  }

  /**
   * Adds a batch: two f32 tensors of the same shape.
   * @throws {ShapeError} if the shapes differ
   */
  override update(prediction: Tensor, target: Tensor): Updates {
    if (prediction.shape.join() !== target.shape.join() || target.size === 0) {
      throw new ShapeError(
        `Cannot measure errors of ${formatType(prediction.node.type)} against ` +
          `${formatType(target.node.type)}: they must have the same shape, with elements`,
      );
    }
    const { count, squares, distances, mean, spread } = this;
    const error = prediction.sub(target);
    const center = target.mean();
    const before = count.cast("f32");
    const after = before.add(target.size);
    const shift = center.sub(mean);
    const between = shift.square().mul(before.mul(target.size).div(after));
    return new Map([
      [count, count.add(target.size)],
      [squares, squares.add(error.square().sum())],
      [distances, distances.add(error.abs().sum())],
      [mean, mean.add(shift.mul(target.size).div(after))],
      [spread, spread.add(target.sub(center).square().sum()).add(between)],
    ]);
  }

  /** The errors. */
  protected override result(state: readonly HostArray[]): RegressionScores {
    const [count, squares, distances, , spread] = state.map(([value]) => value!);
    const mse = squares! / count!;
    return {
      count: count!,
      mse,
      rmse: Math.sqrt(mse),
      mae: distances! / count!,
      r2: 1 - squares! / spread!,
    };
  }
}

function sumOf(name: string): Variable {
  return new Variable(`regression.${name}`, { dtype: "f32", shape: [] });
}

import type { LoopKernel, Store } from "../../graph/kernel.ts";
import { linearIndex, s, type Scalar } from "../../graph/scalar/mod.ts";
import { elementCount, type Shape } from "../../graph/types.ts";
import type { Scratch } from "./stages.ts";

/** A result that is summed in parts. Each part has a place in scratch memory. */
export interface SumOfParts {
  /** Stores `result 0` of one part. */
  readonly partStore: Store;
  /** Adds the parts and runs the stores of the result. */
  readonly sum: LoopKernel;
}

/**
 * Divides a result into parts.
 * @param partAxis the number of the axis of parts in the kernel that computes them, among the axes
 * of the result
 */
export function sumOfParts(
  { label, shape, stores }: {
    readonly label: string;
    readonly shape: Shape;
    readonly stores: readonly Store[];
  },
  { parts, partAxis, scratch }: {
    readonly parts: number;
    readonly partAxis: number;
    readonly scratch: Scratch;
  },
): SumOfParts {
  const slot = scratch(parts * elementCount(shape));
  const place = (partAxis: number): Scalar => {
    const axes = shape.toSpliced(partAxis, 0, parts).map((size, axis) => s.axis(axis, size));
    return linearIndex([axes[partAxis]!, ...axes.toSpliced(partAxis, 1)], [parts, ...shape]);
  };
  return {
    partStore: { slot, index: place(partAxis), value: s.result(0, "f32") },
    sum: {
      kind: "loop",
      label: `${label}, add ${parts} parts`,
      outer: shape,
      inner: [parts],
      reductions: [{ combine: "sum", value: s.load(slot, "f32", place(shape.length)) }],
      outerStores: stores,
      innerStores: [],
    },
  };
}

import {
  broadcastTo,
  concat,
  elementCount,
  full,
  fullLike,
  mul,
  type Node,
  reduceSum,
  reshape,
  type Shape,
} from "../../graph/mod.ts";
import { matchingAxes } from "../gsgd/scales/scale_map.ts";

/**
 * A tensor that is stored once along axes where all its positions are equal. Fed with ones,
 * a network is the same for every sample of a batch: folded, it is computed for one, and no
 * rule needs to know which axis the batch is.
 */
export interface Folded {
  /** The tensor's shape. */
  readonly shape: Shape;
  /** Its elements: of each axis all positions, or one that stands for all. */
  readonly stored: Node;
}

/** One number everywhere. */
export function uniform(value: number, shape: Shape): Folded {
  return { shape, stored: full(value, shape.map(() => 1)) };
}

/** A tensor of which nothing is known. */
export function unfolded(stored: Node): Folded {
  return { shape: stored.type.shape, stored };
}

/** Writes some axes out. */
export function unfold({ shape, stored }: Folded, axes: readonly number[]): Folded {
  const sizes = stored.type.shape.map((size, axis) => axes.includes(axis) ? shape[axis]! : size);
  return { shape, stored: broadcastTo(stored, sizes) };
}

/** The stored elements of tensors of one shape, written out until they fit together. */
export function aligned(values: readonly Folded[]): Node[] {
  const sizes = commonSizes(values, []);
  return values.map(({ stored }) => broadcastTo(stored, sizes));
}

/** For each axis the largest stored size, but 1 for those to be left alone. */
function commonSizes(values: readonly Folded[], except: readonly number[]): number[] {
  return values[0]!.shape.map((_, axis) =>
    except.includes(axis) ? 1 : Math.max(...values.map(({ stored }) => stored.type.shape[axis]!))
  );
}

/** Brings all axes but `except` to common stored sizes. */
export function alignedBut(values: readonly Folded[], except: readonly number[]): Node[] {
  const sizes = commonSizes(values, except);
  return values.map(({ stored }) =>
    broadcastTo(stored, sizes.map((size, axis) => Math.max(size, stored.type.shape[axis]!)))
  );
}

/** The same elements under another shape; axes stay folded where they can. */
export function reshaped(x: Folded, shape: Shape): Folded {
  const written: number[] = [];
  const sizes: number[] = [];
  for (const { fromAxes, toAxes } of matchingAxes(x.shape, shape)) {
    const varies = fromAxes.some((axis) => x.stored.type.shape[axis]! > 1);
    if (varies) written.push(...fromAxes);
    sizes.push(...toAxes.map((axis) => varies ? shape[axis]! : 1));
  }
  return { shape, stored: reshape(unfold(x, written).stored, sizes) };
}

/** The sum over some axes: a folded one counts as often as it has positions. */
export function summed({ shape, stored }: Folded, axes: readonly number[]): Folded {
  const repeats = elementCount(
    axes.map((axis) => stored.type.shape[axis] === 1 ? shape[axis]! : 1),
  );
  const sum = reduceSum(stored, axes);
  return {
    shape: shape.filter((_, axis) => !axes.includes(axis)),
    stored: repeats === 1 ? sum : mul(sum, fullLike(sum, repeats)),
  };
}

/** Tensors joined along an axis. */
export function joined(values: readonly Folded[], axis: number, shape: Shape): Folded {
  const parts = values.map((value) => unfold(value, [axis]));
  return { shape, stored: concat(alignedBut(parts, [axis]), axis) };
}

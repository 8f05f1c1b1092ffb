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
  /** Its elements: along each axis all positions, or one for all of them. */
  readonly stored: Node;
}

/** One number everywhere. */
export function uniform(value: number, shape: Shape): Folded {
  return { shape, stored: full(value, shape.map(() => 1)) };
}

/** A tensor that is not folded. */
export function unfolded(stored: Node): Folded {
  return { shape: stored.type.shape, stored };
}

/** Stores all positions along some axes. */
export function unfold({ shape, stored }: Folded, axes: readonly number[]): Folded {
  const sizes = stored.type.shape.map((size, axis) => axes.includes(axis) ? shape[axis]! : size);
  return { shape, stored: broadcastTo(stored, sizes) };
}

/** The stored elements of tensors, written out until all axes but `except` fit together. */
export function aligned(values: readonly Folded[], except: readonly number[] = []): Node[] {
  const sizes = values.map(({ stored }) => stored.type.shape);
  const common = sizes[0]!.map((_, axis) => Math.max(...sizes.map((shape) => shape[axis]!)));
  return values.map(({ stored }, i) =>
    broadcastTo(stored, common.map((size, axis) => except.includes(axis) ? sizes[i]![axis]! : size))
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
  return { shape, stored: concat(aligned(parts, [axis]), axis) };
}

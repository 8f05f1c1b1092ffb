import { type Tensor, tensor, where, zeros } from "../autograd/mod.ts";
import { formatType, ShapeError } from "../graph/mod.ts";

/** Windows: from ⌊i·size/count⌋ up to, but not including, ⌈(i+1)·size/count⌉. */
function windowsOf(size: number, count: number): { first: number; end: number }[] {
  return Array.from({ length: count }, (_, i) => ({
    first: Math.floor(i * size / count),
    end: Math.ceil((i + 1) * size / count),
  }));
}

/** Means over `count` evenly spaced windows along an axis. */
function meansAlong(x: Tensor, axis: number, count: number): Tensor {
  const size = x.shape[axis]!;
  if (size % count === 0) {
    return x.reshape(x.shape.toSpliced(axis, 1, count, size / count)).mean(axis + 1);
  }
  const windows = windowsOf(size, count);
  const trailing = x.shape.slice(axis + 1).map(() => 1);
  const inside = Uint8Array.from(
    windows.flatMap(({ first, end }) =>
      Array.from({ length: size }, (_, i) => Number(i >= first && i < end))
    ),
  );
  const mask = tensor(inside, [count, size], "bool").reshape([count, size, ...trailing]);
  const spread = x.reshape(x.shape.toSpliced(axis, 0, 1));
  const sums = where(mask, spread, zeros([])).sum(axis + 1);
  const counts = Float32Array.from(windows, ({ first, end }) => end - first);
  return sums.div(tensor(counts, [count, ...trailing]));
}

/** Means over evenly spaced windows: along the columns, then along the rows. */
export function adaptiveAvgPool2d(x: Tensor, output: readonly [number, number]): Tensor {
  if (x.rank !== 4) {
    throw new ShapeError(`Cannot pool ${formatType(x.node.type)}: it must be f32[n, c, h, w]`);
  }
  if (x.shape[2] === 0 || x.shape[3] === 0) {
    throw new ShapeError(
      `Cannot pool ${formatType(x.node.type)}: the image must have at least one pixel`,
    );
  }
  if (output[0] === 1 && output[1] === 1) return x.mean([2, 3], true);
  return meansAlong(meansAlong(x, 3, output[1]), 2, output[0]);
}

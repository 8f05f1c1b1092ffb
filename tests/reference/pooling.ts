import type { PoolOptions } from "../../graph/mod.ts";
import { at, type RefTensor, tabulate } from "./tensor.ts";

/** (x − mean) · scale for each channel. */
export function normalize(x: RefTensor, mean: RefTensor, scale: RefTensor): RefTensor {
  return tabulate(x.shape, (position) => {
    const channel = [position[1]!];
    return (at(x, position) - at(mean, channel)) * at(scale, channel);
  });
}

/** The largest element or the mean of each window; padding is empty, or zeros of the mean. */
export function pool(
  x: RefTensor,
  { size, stride = size, padding = 0 }: PoolOptions,
  kind: "max" | "mean",
): RefTensor {
  const both = (value: number | readonly [number, number]) =>
    typeof value === "number" ? [value, value] as const : value;
  const [sizes, strides, paddings] = [both(size), both(stride), both(padding)];
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const count = (length: number, axis: 0 | 1) =>
    Math.floor((length + 2 * paddings[axis] - sizes[axis]) / strides[axis]) + 1;
  return tabulate([n, c, count(h, 0), count(w, 1)], (position) => {
    const [image, channel, i, j] = position as [number, number, number, number];
    const seen: number[] = [];
    for (let u = 0; u < sizes[0]; u++) {
      for (let v = 0; v < sizes[1]; v++) {
        const row = i * strides[0] + u - paddings[0];
        const column = j * strides[1] + v - paddings[1];
        if (row < 0 || row >= h || column < 0 || column >= w) continue;
        seen.push(at(x, [image, channel, row, column]));
      }
    }
    if (kind === "max") return Math.max(...seen);
    return seen.reduce((sum, value) => sum + value, 0) / (sizes[0] * sizes[1]);
  });
}

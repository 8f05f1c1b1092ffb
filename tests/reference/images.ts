import { at, positions, type RefTensor, tabulate } from "./tensor.ts";

/** Sizes along height and width. */
type Pair = readonly [number, number];

/** How a window lies over the last two axes: [height, width] each. */
export interface Window {
  readonly size: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly output: Pair;
}

/** The element of an image, or `outside` where there is none. */
function pixel(x: RefTensor, position: readonly number[], outside: number): number {
  const inside = position.every((i, axis) => i >= 0 && i < x.shape[axis]!);
  return inside ? at(x, position) : outside;
}

function place({ stride, padding, dilation }: Window, axis: 0 | 1, out: number, offset: number) {
  return out * stride[axis] + offset * dilation[axis] - padding[axis];
}

/** Cross-correlation of [n, c, h, w] with [o, c / groups, kh, kw]. */
export function conv2d(
  x: RefTensor,
  weight: RefTensor,
  window: Window,
  groups: number,
): RefTensor {
  const [outputs, inGroup] = weight.shape as [number, number];
  return tabulate([x.shape[0]!, outputs, ...window.output], (position) => {
    const [n, o, i, j] = position as [number, number, number, number];
    const first = Math.floor(o / (outputs / groups)) * inGroup;
    let sum = 0;
    for (const [c, u, v] of positions([inGroup, ...window.size]) as [number, number, number][]) {
      const where = [n, first + c, place(window, 0, i, u), place(window, 1, j, v)];
      sum += pixel(x, where, 0) * at(weight, [o, c, u, v]);
    }
    return sum;
  });
}

/** Puts a copy of the kernel [c, o / groups, kh, kw] at each pixel of [n, c, h, w], times it. */
export function convTranspose2d(
  x: RefTensor,
  weight: RefTensor,
  { stride, padding, dilation, output }: Window,
  groups: number,
): RefTensor {
  const [inputs, outGroup] = weight.shape as [number, number];
  const inGroup = inputs / groups;
  const coords = positions(x.shape) as [number, number, number, number][];
  const kernel = positions(weight.shape.slice(2)) as [number, number][];
  return tabulate([x.shape[0]!, outGroup * groups, ...output], ([n, o, i, j]) => {
    const group = Math.floor(o! / outGroup);
    let sum = 0;
    for (const [m, c, y, z] of coords) {
      if (m !== n || Math.floor(c / inGroup) !== group) continue;
      for (const [u, v] of kernel) {
        const row = y * stride[0] + u * dilation[0] - padding[0];
        const column = z * stride[1] + v * dilation[1] - padding[1];
        if (row !== i || column !== j) continue;
        sum += at(x, [m, c, y, z]) * at(weight, [c, o! - group * outGroup, u, v]);
      }
    }
    return sum;
  });
}

/** All windows: [n…, h, w] gives [n…, output…, size…]. */
export function windows(x: RefTensor, window: Window, value: number): RefTensor {
  const lead = x.shape.slice(0, -2);
  return tabulate([...lead, ...window.output, ...window.size], (position) => {
    const [i, j, u, v] = position.slice(-4) as [number, number, number, number];
    const where = [place(window, 0, i, u), place(window, 1, j, v)];
    return pixel(x, [...position.slice(0, -4), ...where], value);
  });
}

/** For each pixel the sum of what the windows over it hold. */
export function overlapAdd(g: RefTensor, window: Window, image: Pair): RefTensor {
  const lead = g.shape.slice(0, -4);
  return tabulate([...lead, ...image], (position) => {
    const [y, x] = position.slice(-2);
    let sum = 0;
    for (const where of positions(g.shape.slice(-4)) as [number, number, number, number][]) {
      const [i, j, u, v] = where;
      const hit = place(window, 0, i, u) === y && place(window, 1, j, v) === x;
      if (hit) sum += at(g, [...position.slice(0, -2), ...where]);
    }
    return sum;
  });
}

/** One number for each window. */
export function pool(
  x: RefTensor,
  window: Window,
  outside: number,
  summarise: (elements: number[]) => number,
): RefTensor {
  const all = windows(x, window, outside);
  const offsets = positions(window.size);
  return tabulate(
    all.shape.slice(0, -2),
    (position) => summarise(offsets.map((offset) => at(all, [...position, ...offset]))),
  );
}

/** (x − mean) · scale for each channel, axis 1. */
export function normalize(x: RefTensor, mean: RefTensor, scale: RefTensor): RefTensor {
  return tabulate(x.shape, (position) => {
    const channel = [position[1]!];
    return (at(x, position) - at(mean, channel)) * at(scale, channel);
  });
}

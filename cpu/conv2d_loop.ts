/** Convolutions written as loops: correct for every stride, dilation and grouping. */
import type { Conv2dKernel, Conv2dSizes, LoopKernel } from "../graph/kernel.ts";
import { s, type Scalar } from "../graph/scalar/mod.ts";
import type { Shape } from "../graph/types.ts";

/** The loops of one of the three sums: outer axes, inner axes, one term. */
interface Loops {
  readonly outer: Shape;
  readonly inner: Shape;
  readonly term: (axes: readonly Scalar[]) => Scalar;
}

/** The kernel as a loop kernel; the axes of its stores are the outer ones. */
export function conv2dLoop(kernel: Conv2dKernel): LoopKernel {
  const { outer, inner, term } = loopsOf(kernel);
  const axes = [...outer, ...inner].map((size, axis) => s.axis(axis, size));
  return {
    kind: "loop",
    label: kernel.label,
    outer,
    inner,
    reductions: [{ combine: "sum", value: term(axes) }],
    outerStores: kernel.stores,
    innerStores: [],
  };
}

function loopsOf({ role, sizes, a, b }: Conv2dKernel): Loops {
  const { n, c, h, w, o, kernelHeight, kernelWidth, outHeight, outWidth } = sizes;
  const [inGroup, outGroup] = [c / sizes.groups, o / sizes.groups];
  const image: Shape = [n, c, h, w];
  const weight: Shape = [o, inGroup, kernelHeight, kernelWidth];
  const result: Shape = [n, o, outHeight, outWidth];
  switch (role) {
    case "forward":
      return {
        outer: result,
        inner: weight.slice(1),
        term: ([m, q, i, j, k, u, v]) => {
          const channel = s.add(firstOfGroup(q!, outGroup, inGroup), k!);
          return s.mul(
            imageElement(a, sizes, { m: m!, channel, i: i!, j: j!, u: u!, v: v! }),
            element(b, weight, [q!, k!, u!, v!]),
          );
        },
      };
    case "weightGradient":
      return {
        outer: weight,
        inner: [n, outHeight, outWidth],
        term: ([q, k, u, v, m, i, j]) => {
          const channel = s.add(firstOfGroup(q!, outGroup, inGroup), k!);
          return s.mul(
            imageElement(a, sizes, { m: m!, channel, i: i!, j: j!, u: u!, v: v! }),
            element(b, result, [m!, q!, i!, j!]),
          );
        },
      };
    case "inputGradient":
      return {
        outer: image,
        inner: [outGroup, kernelHeight, kernelWidth],
        term: ([m, c, y, x, k, u, v]) => {
          const q = s.add(firstOfGroup(c!, inGroup, outGroup), k!);
          const row = outputPosition(sizes, 0, y!, u!);
          const column = outputPosition(sizes, 1, x!, v!);
          const gradient = element(a, result, [m!, q, row.position, column.position]);
          return s.mul(
            s.select(s.and(row.exists, column.exists), gradient, s.const(0)),
            element(b, weight, [q, s.mod(c!, s.int(inGroup)), u!, v!]),
          );
        },
      };
  }
}

/** The first channel on the other side that belongs to the group of `channel`. */
function firstOfGroup(channel: Scalar, groupSize: number, otherSize: number): Scalar {
  return s.mul(s.div(channel, s.int(groupSize)), s.int(otherSize));
}

/** The element at a position of a contiguous array. */
function element(slot: number, shape: Shape, position: readonly Scalar[]): Scalar {
  const index = position.reduce((sum, p, axis) => s.add(s.mul(sum, s.int(shape[axis]!)), p));
  return s.load(slot, "f32", index);
}

interface ImagePosition {
  readonly m: Scalar;
  readonly channel: Scalar;
  readonly i: Scalar;
  readonly j: Scalar;
  readonly u: Scalar;
  readonly v: Scalar;
}

/** The pixel that weight (u, v) meets for output (i, j); 0 in the padding. */
function imageElement(
  slot: number,
  { n, c, h, w, stride, dilation, padding }: Conv2dSizes,
  { m, channel, i, j, u, v }: ImagePosition,
): Scalar {
  const pixel = (axis: 0 | 1, output: Scalar, tap: Scalar): Scalar =>
    s.sub(
      s.add(s.mul(output, s.int(stride[axis])), s.mul(tap, s.int(dilation[axis]))),
      s.int(padding[axis]),
    );
  const [y, x] = [pixel(0, i, u), pixel(1, j, v)];
  const inside = s.and(isWithin(y, h), isWithin(x, w));
  return s.select(inside, element(slot, [n, c, h, w], [m, channel, y, x]), s.const(0));
}

function isWithin(position: Scalar, size: number): Scalar {
  return s.and(s.le(s.int(0), position), s.lt(position, s.int(size)));
}

/** The output that reads `pixel` through weight `tap`, if there is one. */
function outputPosition(
  { stride, dilation, padding, outHeight, outWidth }: Conv2dSizes,
  axis: 0 | 1,
  pixel: Scalar,
  tap: Scalar,
): { position: Scalar; exists: Scalar } {
  const distance = s.sub(
    s.add(pixel, s.int(padding[axis])),
    s.mul(tap, s.int(dilation[axis])),
  );
  const position = s.div(distance, s.int(stride[axis]));
  const isMultiple = s.eq(s.mod(distance, s.int(stride[axis])), s.int(0));
  const exists = s.and(
    s.and(s.le(s.int(0), distance), isMultiple),
    s.lt(position, s.int(axis === 0 ? outHeight : outWidth)),
  );
  return { position, exists };
}

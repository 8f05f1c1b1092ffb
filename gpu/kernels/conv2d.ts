import type { Conv2dKernel, LoopKernel, Reduction } from "../../graph/kernel.ts";
import { s, type Scalar } from "../../graph/scalar/mod.ts";
import { rowMajorStrides, type Shape } from "../../graph/types.ts";

/** Outer and inner axes of a convolution's loop nest, and the factors of one product. */
interface Nest {
  readonly outer: Shape;
  readonly inner: Shape;
  /** Positions along all axes, outer first, to the two factors and the condition on them. */
  readonly term: (axes: readonly Scalar[]) => Term;
}

interface Term {
  readonly a: readonly Scalar[];
  readonly b: readonly Scalar[];
  /** Where it does not hold, the term is padding. */
  readonly inside: Scalar;
}

/** Any convolution as a plain loop nest: right for every stride, dilation and group. */
export function conv2dAsLoop(kernel: Conv2dKernel): LoopKernel {
  const { outer, inner, term } = nests[kernel.role](kernel);
  const axes = [...outer, ...inner].map((size, axis) => s.axis(axis, size));
  const { a, b, inside } = term(axes);
  const product = s.mul(
    s.load(kernel.a, "f32", linear(a, shapeOf(kernel, "a"))),
    s.load(kernel.b, "f32", linear(b, shapeOf(kernel, "b"))),
  );
  const sum: Reduction = { combine: "sum", value: s.select(inside, product, s.const(0)) };
  const { label, stores } = kernel;
  return {
    kind: "loop",
    label,
    outer,
    inner,
    reductions: [sum],
    outerStores: stores,
    innerStores: [],
  };
}

const nests: Readonly<Record<Conv2dKernel["role"], (kernel: Conv2dKernel) => Nest>> = {
  forward: ({ sizes }) => ({
    outer: [sizes.n, sizes.o, sizes.outHeight, sizes.outWidth],
    inner: [sizes.c / sizes.groups, sizes.kernelHeight, sizes.kernelWidth],
    term: ([n, o, i, j, c, u, v]) => {
      const y = imagePosition(sizes, 0, i!, u!);
      const x = imagePosition(sizes, 1, j!, v!);
      const channel = inGroupOf(o!, sizes.o, sizes.c, { ...sizes, within: c! });
      return {
        a: [n!, channel, y, x],
        b: [o!, c!, u!, v!],
        inside: s.and(isInside(y, sizes.h), isInside(x, sizes.w)),
      };
    },
  }),
  inputGradient: ({ sizes }) => ({
    outer: [sizes.n, sizes.c, sizes.h, sizes.w],
    inner: [sizes.o / sizes.groups, sizes.kernelHeight, sizes.kernelWidth],
    term: ([n, c, y, x, o, u, v]) => {
      const i = resultPosition(sizes, 0, y!, u!);
      const j = resultPosition(sizes, 1, x!, v!);
      const channel = inGroupOf(c!, sizes.c, sizes.o, { ...sizes, within: o! });
      return {
        a: [n!, channel, i.position, j.position],
        b: [channel, s.mod(c!, s.int(sizes.c / sizes.groups)), u!, v!],
        inside: s.and(i.inside, j.inside),
      };
    },
  }),
  weightGradient: ({ sizes }) => ({
    outer: [sizes.o, sizes.c / sizes.groups, sizes.kernelHeight, sizes.kernelWidth],
    inner: [sizes.n, sizes.outHeight, sizes.outWidth],
    term: ([o, c, u, v, n, i, j]) => {
      const y = imagePosition(sizes, 0, i!, u!);
      const x = imagePosition(sizes, 1, j!, v!);
      const channel = inGroupOf(o!, sizes.o, sizes.c, { ...sizes, within: c! });
      return {
        a: [n!, channel, y, x],
        b: [n!, o!, i!, j!],
        inside: s.and(isInside(y, sizes.h), isInside(x, sizes.w)),
      };
    },
  }),
};

type Sizes = Conv2dKernel["sizes"];

function shapeOf({ role, sizes }: Conv2dKernel, operand: "a" | "b"): Shape {
  const { n, c, h, w, o, groups, kernelHeight, kernelWidth, outHeight, outWidth } = sizes;
  const images = [n, c, h, w];
  const result = [n, o, outHeight, outWidth];
  const weight = [o, c / groups, kernelHeight, kernelWidth];
  if (operand === "a") return role === "inputGradient" ? result : images;
  return role === "weightGradient" ? result : weight;
}

/** The image row (axis 0) or column (axis 1) that output `out` and weight `tap` meet at. */
function imagePosition(sizes: Sizes, axis: 0 | 1, out: Scalar, tap: Scalar): Scalar {
  const from = s.add(
    s.mul(out, s.int(sizes.stride[axis])),
    s.mul(tap, s.int(sizes.dilation[axis])),
  );
  const padding = sizes.padding[axis];
  return padding === 0 ? from : s.sub(from, s.int(padding));
}

/** The output row or column that sees image position `at` through weight `tap`, if any. */
function resultPosition(sizes: Sizes, axis: 0 | 1, at: Scalar, tap: Scalar) {
  const stride = s.int(sizes.stride[axis]);
  const from = s.sub(
    s.add(at, s.int(sizes.padding[axis])),
    s.mul(tap, s.int(sizes.dilation[axis])),
  );
  const position = s.div(from, stride);
  const size = axis === 0 ? sizes.outHeight : sizes.outWidth;
  const isWhole = s.eq(s.mod(from, stride), s.int(0));
  return {
    position,
    inside: s.and(isWhole, s.and(s.le(s.int(0), from), s.lt(position, s.int(size)))),
  };
}

/** Channel `within` of the other side's group that `channel`, one of `from`, belongs to. */
function inGroupOf(
  channel: Scalar,
  from: number,
  to: number,
  { groups, within }: { readonly groups: number; readonly within: Scalar },
): Scalar {
  const group = s.div(channel, s.int(from / groups));
  return s.add(s.mul(group, s.int(to / groups)), within);
}

function isInside(position: Scalar, size: number): Scalar {
  return s.and(s.le(s.int(0), position), s.lt(position, s.int(size)));
}

function linear(position: readonly Scalar[], shape: Shape): Scalar {
  const strides = rowMajorStrides(shape);
  return position.reduce(
    (sum, at, axis) => s.add(sum, s.mul(at, s.int(strides[axis] ?? 1))),
    s.int(0),
  );
}

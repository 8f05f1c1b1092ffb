import { linearIndex, s, type Scalar } from "../scalar/mod.ts";
import type { Shape } from "../types.ts";
import { type Conv2dKernel, conv2dOperand, type Conv2dSizes, conv2dSpace } from "./conv2d.ts";
import { type LoopKernel, sumLoop } from "./loop.ts";

/** The inner axes of a convolution's loop nest, and the product at one position. */
interface Nest {
  readonly inner: Shape;
  /** The product at a position along all axes, outer first. */
  readonly term: (axes: readonly Scalar[]) => Term;
}

interface Term {
  /** Position of the first factor in operand `a`. */
  readonly a: readonly Scalar[];
  /** Position of the second factor in operand `b`. */
  readonly b: readonly Scalar[];
  /** Whether the term is a product; otherwise it is padding, which adds 0. */
  readonly inside: Scalar;
}

/** A convolution of any stride, padding, dilation, and number of groups. */
export function conv2dAsLoop(kernel: Conv2dKernel): LoopKernel {
  const outer = conv2dSpace(kernel);
  const { inner, term } = nests[kernel.role](kernel);
  const axes = [...outer, ...inner].map((size, axis) => s.axis(axis, size));
  const { a, b, inside } = term(axes);
  const product = s.mul(
    s.load(kernel.a, "f32", linearIndex(a, conv2dOperand(kernel, "a"))),
    s.load(kernel.b, "f32", linearIndex(b, conv2dOperand(kernel, "b"))),
  );
  return sumLoop(kernel, { outer, inner, value: s.select(inside, product, s.const(0)) });
}

const nests: Readonly<Record<Conv2dKernel["role"], (kernel: Conv2dKernel) => Nest>> = {
  forward: ({ sizes }) => ({
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
    inner: [sizes.o / sizes.groups, sizes.kernelHeight, sizes.kernelWidth],
    term: ([n, c, y, x, o, u, v]) => {
      const i = resultPosition(sizes, 0, y!, u!);
      const j = resultPosition(sizes, 1, x!, v!);
      const channel = inGroupOf(c!, sizes.c, sizes.o, { ...sizes, within: o! });
      return {
        a: [n!, channel, i.position, j.position],
        b: [channel, s.rem(c!, s.int(sizes.c / sizes.groups)), u!, v!],
        inside: s.and(i.inside, j.inside),
      };
    },
  }),
  weightGradient: ({ sizes }) => ({
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

/** The image row (axis 0) or column (axis 1) that output `out` reads through weight `tap`. */
function imagePosition(sizes: Conv2dSizes, axis: 0 | 1, out: Scalar, tap: Scalar): Scalar {
  const from = s.add(
    s.mul(out, s.int(sizes.stride[axis])),
    s.mul(tap, s.int(sizes.dilation[axis])),
  );
  const padding = sizes.padding[axis];
  return padding === 0 ? from : s.sub(from, s.int(padding));
}

/** The output row or column that reads image position `at` through weight `tap`, if any. */
function resultPosition(sizes: Conv2dSizes, axis: 0 | 1, at: Scalar, tap: Scalar) {
  const stride = s.int(sizes.stride[axis]);
  const from = s.sub(
    s.add(at, s.int(sizes.padding[axis])),
    s.mul(tap, s.int(sizes.dilation[axis])),
  );
  const position = s.div(from, stride);
  const size = axis === 0 ? sizes.outHeight : sizes.outWidth;
  const isWhole = s.eq(s.rem(from, stride), s.int(0));
  return {
    position,
    inside: s.and(isWhole, s.and(s.le(s.int(0), from), s.lt(position, s.int(size)))),
  };
}

/**
 * Channel number `within` of a group, of `to` channels in all. The group is that of `channel`, of
 * `from` channels in all.
 */
function inGroupOf(
  channel: Scalar,
  from: number,
  to: number,
  { groups, within }: { readonly groups: number; readonly within: Scalar },
): Scalar {
  const group = s.div(channel, s.int(Math.max(1, from / groups))); // no channels, no terms
  return s.add(s.mul(group, s.int(to / groups)), within);
}

function isInside(position: Scalar, size: number): Scalar {
  return s.and(s.le(s.int(0), position), s.lt(position, s.int(size)));
}

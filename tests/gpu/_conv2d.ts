/** Convolutions as cases, run on a backend and compared with the reference. */
import {
  type Backend,
  type Conv2dKernel,
  type Conv2dSizes,
  s,
  type Shape,
} from "../../graph/mod.ts";
import { assertSameAsReference, at, position, SUMMED, zeros } from "./_plans.ts";
import { randomFloats } from "./_random.ts";

/** A convolution, for all roles. */
export interface Case {
  readonly image: readonly [n: number, c: number, h: number, w: number];
  readonly o: number;
  readonly window: readonly [number, number];
  readonly stride?: readonly [number, number];
  readonly padding?: readonly [number, number];
  /** Padding behind the image, where it differs. */
  readonly behind?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly groups?: number;
}

/** The sizes of a case. */
export function sizesOf({ image: [n, c, h, w], o, window, ...rest }: Case): Conv2dSizes {
  const { stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1 } = rest;
  const behind = rest.behind ?? padding;
  const out = (size: number, axis: 0 | 1) =>
    Math.floor(
      (size + padding[axis] + behind[axis] - dilation[axis] * (window[axis] - 1) - 1) /
        stride[axis],
    ) + 1;
  return {
    n,
    c,
    h,
    w,
    o,
    kernelHeight: window[0],
    kernelWidth: window[1],
    outHeight: out(h, 0),
    outWidth: out(w, 1),
    stride,
    padding,
    dilation,
    groups,
  };
}

/** Shapes of a, b and the result. */
export function shapes(role: Conv2dKernel["role"], sizes: Conv2dSizes): [Shape, Shape, Shape] {
  const image = [sizes.n, sizes.c, sizes.h, sizes.w];
  const weight = [sizes.o, sizes.c / sizes.groups, sizes.kernelHeight, sizes.kernelWidth];
  const result = [sizes.n, sizes.o, sizes.outHeight, sizes.outWidth];
  if (role === "forward") return [image, weight, result];
  return role === "inputGradient" ? [result, weight, image] : [image, result, weight];
}

/** Compares a kernel with a bias, a ReLU, and two stores with the reference. */
export function assertRight(gpu: Backend, role: Conv2dKernel["role"], each: Case): Promise<void> {
  const sizes = sizesOf(each);
  const [a, b, result] = shapes(role, sizes);
  const index = position(result, [0, 1, 2, 3]);
  const bias = at(3, [result[1]!], { axes: [1] });
  const kernel: Conv2dKernel = {
    kind: "conv2d",
    label: "conv2d",
    role,
    sizes,
    a: 0,
    b: 1,
    stores: [
      { slot: 2, index, value: s.max(s.add(s.result(0, "f32"), bias), s.const(0)) },
      { slot: 4, index, value: s.sub(at(4, result, { axes: [0, 1, 2, 3] }), s.result(0, "f32")) },
    ],
  };
  return assertSameAsReference(gpu, [[kernel]], {
    slots: [
      randomFloats(a, 61),
      randomFloats(b, 67),
      zeros("f32", result),
      randomFloats([result[1]!], 71),
      randomFloats(result, 73),
    ],
    tolerance: SUMMED,
  });
}

import { rowMajorStrides, type Shape } from "../types.ts";
import { s } from "./build.ts";
import type { Scalar } from "./scalar.ts";

/** Row-major element index of a position. */
export function linearIndex(coords: readonly Scalar[], shape: Shape): Scalar {
  const strides = rowMajorStrides(shape);
  return coords.reduce(
    (sum, coord, axis) => s.add(sum, s.mul(coord, s.int(strides[axis]!))),
    s.int(0),
  );
}

/** The coordinates of a row-major element index. */
export function positionOf(index: Scalar, shape: Shape): Scalar[] {
  const strides = rowMajorStrides(shape);
  return shape.map((size, axis) => {
    const quotient = s.div(index, s.int(strides[axis]!));
    return axis === 0 ? quotient : s.rem(quotient, s.int(size));
  });
}

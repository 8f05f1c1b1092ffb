import {
  add,
  broadcastTo,
  concat,
  constant,
  elementsAt as takeElements,
  equal,
  full,
  fullLike,
  gather,
  iota,
  logicalAnd,
  mul,
  type Node,
  reduceSum,
  reshape,
  type Shape,
} from "../../../graph/mod.ts";

/**
 * i32 [n]: these indices. Evenly spaced numbers are computed. Others, such as those of the
 * modulo rule, are a constant with one number per unit, which costs less to load than an integer
 * remainder per weight.
 */
export function indexVector(values: readonly number[]): Node {
  const count = values.length;
  const first = values[0] ?? 0;
  const stride = (values[1] ?? first) - first;
  if (values.some((value, k) => value !== first + k * stride)) {
    return constant(Int32Array.from(values), [count]);
  }
  if (stride === 0) return full(first, [count], "i32");
  const order = iota([count], 0);
  const scaled = stride === 1 ? order : mul(order, fullLike(order, stride));
  return first === 0 ? scaled : add(scaled, fullLike(scaled, first));
}

/** The elements of x at these positions: [n]. */
export function elementsAt(x: Node, positions: readonly (readonly number[])[]): Node {
  const indices = x.type.shape.map((_, axis) =>
    indexVector(positions.map((position) => position[axis]!))
  );
  return takeElements(x, indices);
}

/** For each list of places the sum of the vector's elements there: [number of lists]. */
export function sumAtPlaces(vector: Node, places: readonly (readonly number[])[]): Node {
  const size = vector.type.shape[0]!;
  const most = Math.max(...places.map((list) => list.length));
  const flat = places.flat();
  const isEven = places.every((list) => list.length === most);
  const isWhole = isEven && flat.length === size && flat.every((place, i) => place === i);
  // shorter lists are filled with the place of a zero after the vector
  const table = isEven ? vector : concat([vector, full(0, [1])], 0);
  const chosen = isWhole ? vector : gather(
    table,
    indexVector(places.flatMap((list) => Array.from({ length: most }, (_, k) => list[k] ?? size))),
  );
  return most === 1 ? chosen : reduceSum(reshape(chosen, [places.length, most]), [1]);
}

/**
 * bool of this shape: true at these positions, of which there is at most one for each
 * element of a map of shape `along` (which has the shape's sizes, or 1).
 */
export function positionMask(
  positions: readonly (readonly number[] | undefined)[],
  along: Shape,
  shape: Shape,
): Node {
  const across = shape.flatMap((_, axis) => along[axis] === 1 ? [axis] : []);
  const isThere = positions.map((position) => position ? 0 : -1);
  const tests = across.map((axis) => {
    const wanted = indexVector(positions.map((position) => position?.[axis] ?? -1));
    return equal(iota(shape, axis), spread(wanted, along, shape));
  });
  if (tests.length > 0) return tests.reduce(logicalAnd);
  return equal(spread(indexVector(isThere), along, shape), full(0, shape, "i32"));
}

/** A vector over the elements of a map of shape `along`, repeated to `shape`. */
export function spread(vector: Node, along: Shape, shape: Shape): Node {
  return broadcastTo(reshape(vector, along), shape);
}

/** Reading and writing elements at positions given by indices, as functions of nodes. */
import * as op from "../graph/mod.ts";
import type { Node } from "../graph/mod.ts";
import { axisOf } from "./_arguments.ts";

/** Elements and their positions along an axis. */
export interface Placed {
  /** i32: position of each element of `source` along the axis. */
  readonly indices: Node;
  /** The elements. */
  readonly source: Node;
}

/** x with the elements of `source` in place of its own; the last one wins. */
export function scatter(x: Node, axis: number, placed: Placed): Node {
  const at = axisOf(axis, x.type.shape.length);
  checkPlaced("scatter", x, { at, ...placed });
  const count = op.elementCount(placed.source.type.shape);
  if (count === 0) return x;
  const order = op.add(op.iota([count, 1], 0), op.full(1, [count, 1], "i32"));
  const size = op.elementCount(x.type.shape);
  const last = op.scatterMax(order, positionsOf(x, at, placed.indices), 0, size); // 0: none
  const source = op.reshape(placed.source, [count]);
  const winner = op.gather(source, op.sub(last, op.fullLike(last, 1)));
  const isNone = op.equal(last, op.fullLike(last, 0));
  const [none, found] = [isNone, winner].map((part) => op.reshape(part, x.type.shape));
  return op.select(none!, x, found!);
}

/** x plus the elements of `source` at their positions. */
export function scatterAdd(x: Node, axis: number, placed: Placed): Node {
  const at = axisOf(axis, x.type.shape.length);
  checkPlaced("scatterAdd", x, { at, ...placed });
  const column = op.reshape(placed.source, [op.elementCount(placed.source.type.shape), 1]);
  const size = op.elementCount(x.type.shape);
  const sums = op.scatterSum(column, positionsOf(x, at, placed.indices), 0, size);
  return op.add(x, op.reshape(sums, x.type.shape));
}

/** x plus the slices of `source` along `axis` at their positions (i32, one for each slice). */
export function indexAdd(x: Node, axis: number, { indices, source }: Placed): Node {
  const { shape } = x.type;
  const at = axisOf(axis, shape.length);
  const what = [x, indices, source].map(({ type }) => op.formatType(type)).join(", ");
  if (indices.type.dtype !== "i32" || x.type.dtype !== source.type.dtype) {
    throw new op.DTypeError(
      `Cannot add slices to ${what}: indices must be i32, and the others must have the same dtype`,
    );
  }
  const wanted = shape.toSpliced(at, 1, ...indices.type.shape);
  if (indices.type.shape.length !== 1 || !op.sameShape(source.type.shape, wanted)) {
    throw new op.ShapeError(
      `Cannot add slices to ${what}: there must be one index for each slice along axis ${at}, and ` +
        "the other axes must agree",
    );
  }
  return op.add(x, op.scatterSum(source, indices, at, shape[at]!));
}

/** result[…, j, …] = x[…, indices[…, j, …], …]. Positions out of range are clamped. */
export function takeAlongAxis(x: Node, indices: Node, axis: number): Node {
  const { shape } = x.type;
  const at = axisOf(axis, shape.length);
  checkPlaced("take elements", x, { at, indices, source: indices });
  if (shape[at] === 0 && op.elementCount(indices.type.shape) > 0) {
    throw new op.ShapeError(
      `Cannot take elements of ${op.formatType(x.type)}: axis ${at} must have at least one element`,
    );
  }
  return op.elementsAt(x, coordinates(at, indices));
}

/** The position along each axis of the element that each index names. */
function coordinates(at: number, indices: Node): Node[] {
  const { shape } = indices.type;
  return shape.map((_, axis) => axis === at ? indices : op.iota(shape, axis));
}

/** i32 [n]: the row-major position in x of each index along an axis, or −1 if it is out of range. */
function positionsOf(x: Node, at: number, indices: Node): Node {
  const size = x.type.shape[at]!;
  const isBelow = op.less(indices, op.fullLike(indices, size));
  const isInside = op.logicalAnd(op.greaterEqual(indices, op.fullLike(indices, 0)), isBelow);
  const position = op.flatPosition(x.type.shape, coordinates(at, indices));
  const place = op.select(isInside, position, op.fullLike(position, -1));
  return op.reshape(place, [op.elementCount(indices.type.shape)]);
}

function checkPlaced(
  name: string,
  x: Node,
  { at, indices, source }: Placed & { readonly at: number },
): void {
  const what = [x, indices, source].map(({ type }) => op.formatType(type)).join(", ");
  if (indices.type.dtype !== "i32") {
    throw new op.DTypeError(`Cannot ${name} to ${what}: indices must be i32`);
  }
  const [own, places] = [x, indices].map(({ type }) => type.shape.filter((_, i) => i !== at));
  const fits = op.sameShape(own!, places!) && op.sameShape(indices.type.shape, source.type.shape);
  if (fits) return;
  throw new op.ShapeError(
    `Cannot ${name} to ${what}: indices and source must have the first shape except along axis ${at}`,
  );
}

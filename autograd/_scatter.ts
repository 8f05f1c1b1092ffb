/** Reading and writing elements at positions given by indices, as functions of nodes. */
import * as op from "../graph/mod.ts";
import type { Node, Shape } from "../graph/mod.ts";
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
  const { isAt, source, table } = tableOf(x.type.shape, at, placed);
  const number = op.iota(table, at + 1);
  const last = op.reduceMax(op.select(isAt, number, op.fullLike(number, -1)), [at + 1]);
  const isLast = op.equal(number, op.broadcastBack(last, [at + 1], table));
  const winner = op.reduceSum(op.select(isLast, source, op.fullLike(source, 0)), [at + 1]);
  return op.select(op.less(last, op.fullLike(last, 0)), x, winner);
}

/** x plus the elements of `source` at their positions. */
export function scatterAdd(x: Node, axis: number, placed: Placed): Node {
  const at = axisOf(axis, x.type.shape.length);
  checkPlaced("scatterAdd", x, { at, ...placed });
  const { isAt, source } = tableOf(x.type.shape, at, placed);
  return op.add(x, op.reduceSum(op.select(isAt, source, op.fullLike(source, 0)), [at + 1]));
}

/** result[…, j, …] = x[…, indices[…, j, …], …]. Positions out of range are clamped. */
export function takeAlongAxis(x: Node, indices: Node, axis: number): Node {
  const { shape } = x.type;
  const at = axisOf(axis, shape.length);
  checkPlaced("take elements", x, { at, indices, source: indices });
  const size = shape[at]!;
  if (size === 0 && op.elementCount(indices.type.shape) > 0) {
    throw new op.ShapeError(
      `Cannot take elements of ${op.formatType(x.type)}: axis ${at} must have at least one element`,
    );
  }
  const table = shape.toSpliced(at + 1, 0, indices.type.shape[at]!);
  const inside = op.clamp(indices, 0, Math.max(0, size - 1));
  const isAt = op.equal(op.broadcastBack(inside, [at], table), op.iota(table, at));
  const all = op.broadcastBack(x, [at + 1], table);
  return op.reduceSum(op.select(isAt, all, op.fullLike(all, 0)), [at]);
}

/** [n…, position, source, m…]: whether an element belongs at a position, and the element. */
function tableOf(shape: Shape, at: number, { indices, source }: Placed) {
  const table = shape.toSpliced(at + 1, 0, indices.type.shape[at]!);
  const index = op.broadcastBack(indices, [at], table);
  const isAt = op.equal(index, op.iota(table, at));
  return { isAt, source: op.broadcastBack(source, [at], table), table };
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

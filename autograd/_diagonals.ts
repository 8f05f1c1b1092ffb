/** Triangles and diagonals of matrices, as functions of nodes. */
import * as op from "../graph/mod.ts";
import type { Node } from "../graph/mod.ts";

/** bool [rows, columns]: true on and below the diagonal `offset`. */
function lowerTriangle(rows: number, columns: number, offset: number): Node {
  const shape = [rows, columns];
  checkDiagonal(offset);
  const row = op.iota(shape, 0);
  return op.lessEqual(op.iota(shape, 1), op.add(row, op.fullLike(row, offset)));
}

/** Offsets to which the number of a row can be added. */
const offsets = op.wholeIn(-(2 ** 30), 2 ** 30);

function checkDiagonal(offset: number): void {
  op.checkOption("choose a diagonal", { offset }, offsets, op.ShapeError);
}

/** x with zeros above (`lower`) or below the diagonal `offset` of its last two axes. */
export function triangle(x: Node, part: "lower" | "upper", offset: number): Node {
  const { shape } = x.type;
  if (shape.length < 2) {
    throw new op.ShapeError(
      `Cannot take a triangle of ${op.formatType(x.type)}: its rank must be at least 2`,
    );
  }
  const [rows, columns] = shape.slice(-2) as [number, number];
  checkDiagonal(offset);
  const isLower = part === "lower";
  const low = op.broadcastTo(lowerTriangle(rows, columns, isLower ? offset : offset - 1), shape);
  const zero = op.fullLike(x, 0);
  return isLower ? op.select(low, x, zero) : op.select(low, zero, x);
}

/** [rows, columns]: 1 on and below the diagonal `offset`, 0 above. */
export function tri(rows: number, columns: number, offset: number): Node {
  op.checkOption("make a triangle", { rows, columns }, op.nonNegativeWhole, op.ShapeError);
  return op.cast(lowerTriangle(rows, columns, offset), "f32");
}

/** [rows, columns]: 1 on the diagonal `offset`, 0 elsewhere. */
export function eye(rows: number, columns: number, offset: number): Node {
  op.checkOption("make an identity", { rows, columns }, op.nonNegativeWhole, op.ShapeError);
  return op.cast(isOnDiagonal(rows, columns, offset), "f32");
}

function isOnDiagonal(rows: number, columns: number, offset: number): Node {
  checkDiagonal(offset);
  const row = op.iota([rows, columns], 0);
  return op.equal(op.iota([rows, columns], 1), op.add(row, op.fullLike(row, offset)));
}

/** A matrix with a vector on the diagonal `offset`, or that diagonal of a matrix. */
export function diag(x: Node, offset: number): Node {
  const { shape } = x.type;
  checkDiagonal(offset);
  if (shape.length === 1) return diagonalMatrix(x, offset);
  if (shape.length === 2) return diagonalOf(x, offset);
  throw new op.ShapeError(
    `Cannot apply diag to ${op.formatType(x.type)}: its rank must be 1 or 2`,
  );
}

function diagonalMatrix(x: Node, offset: number): Node {
  const size = x.type.shape[0]! + Math.abs(offset);
  const rows = op.pad(x, [Math.max(0, -offset)], [Math.max(0, offset)]);
  const spread = op.broadcastTo(op.reshape(rows, [size, 1]), [size, size]);
  return op.select(isOnDiagonal(size, size, offset), spread, op.fullLike(spread, 0));
}

/** The diagonal is every (columns + 1)-th element from its first one. */
function diagonalOf(x: Node, offset: number): Node {
  const [rows, columns] = x.type.shape as [number, number];
  const [top, left] = [Math.max(0, -offset), Math.max(0, offset)];
  const size = Math.max(0, Math.min(rows - top, columns - left));
  const flat = op.reshape(x, [rows * columns]);
  if (size === 0) return op.slice(flat, [0], [0]);
  return op.slice(flat, [top * columns + left], [size], [columns + 1]);
}

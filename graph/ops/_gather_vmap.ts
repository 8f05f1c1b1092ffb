/** The batching rules of gathers and scatters: indices count positions of all examples. */
import { makeNode, type Node, type VmapContext } from "../node.ts";
import {
  add,
  fullLike,
  greaterEqual,
  less,
  logicalAnd,
  maximum,
  minimum,
  mul,
  select,
} from "./arithmetic.ts";
import { reshape } from "./broadcast.ts";
import { iota } from "./source.ts";
import { permute } from "./views.ts";

/** Gathers from each of several tensors, which may have indices of their own. */
export function gatherEach(
  { inputs, isBatched, all, size, attrs: { axis } }: VmapContext<{ readonly axis: number }>,
  gather: (x: Node, indices: Node, axis: number) => Node,
): Node {
  if (!isBatched[1]) return gather(inputs[0]!, inputs[1]!, axis + 1);
  const [x, indices] = all() as readonly [Node, Node];
  const { shape } = x.type;
  const rank = indices.type.shape.length - 1;
  // the axis to the front, after that of the examples, and both together
  const axes = shape.map((_, i) => i);
  const moved = permute(x, [0, axis + 1, ...axes.filter((i) => i > 0 && i !== axis + 1)]);
  const count = shape[axis + 1]!;
  const flat = reshape(moved, [size * count, ...moved.type.shape.slice(2)]);
  const last = fullLike(indices, count - 1);
  const inside = maximum(minimum(indices, last), fullLike(indices, 0)); // as gather clamps
  const taken = gather(flat, add(inside, firstOfEach(indices, count)), 0);
  // [size, indices…, others…]: the indices back to the axis
  const own = Array.from({ length: rank }, (_, i) => 1 + i);
  const others = taken.type.shape.map((_, i) => i).slice(1 + rank);
  return permute(taken, [0, ...others.slice(0, axis), ...own, ...others.slice(axis)]);
}

/** Scatters the rows of each of several matrices, which may have indices of their own. */
export function scatterEach(
  { output: { op }, inputs, isBatched, all, size, attrs }: VmapContext<{ readonly size: number }>,
): Node {
  const [g, indices] = all() as readonly [Node, Node];
  const [, rows, columns] = g.type.shape as [number, number, number];
  if (!isBatched[1]) {
    const wide = reshape(permute(g, [1, 0, 2]), [rows, size * columns]);
    const sums = makeNode(op, [wide, inputs[1]!], attrs);
    return permute(reshape(sums, [attrs.size, size, columns]), [1, 0, 2]);
  }
  const isRow = logicalAnd(
    greaterEqual(indices, fullLike(indices, 0)),
    less(indices, fullLike(indices, attrs.size)),
  );
  const place = add(indices, firstOfEach(indices, attrs.size));
  const places = select(isRow, place, fullLike(indices, -1)); // others are dropped
  const flat = [reshape(g, [size * rows, columns]), reshape(places, [size * rows])];
  const sums = makeNode(op, flat, { size: size * attrs.size });
  return reshape(sums, [size, attrs.size, columns]);
}

/** The number of positions of all examples before each one. */
function firstOfEach(indices: Node, count: number): Node {
  return mul(iota(indices.type.shape, 0), fullLike(indices, count));
}

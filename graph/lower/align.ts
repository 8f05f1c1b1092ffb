import type { Node } from "../node.ts";
import { s, type Scalar, scalarRewriter, strideAlong } from "../scalar/mod.ts";
import { sameShape, type Shape } from "../types.ts";
import { type Draft, draftLoads, draftStores, mapDraft, wholeSpace } from "./draft.ts";

/**
 * Reorders the axes of a map, which may be in any order, so that its space is `space`, the axes of
 * `rows`, and both access a shared value in the same order. `undefined` if there is no such order.
 */
export function alignTo(space: Shape, map: Draft, rows: Draft): Draft | undefined {
  if (map.outer.length !== space.length) return undefined;
  const shared = accesses(rows);
  for (const [node, strides] of accesses(map)) {
    const wanted = shared.get(node);
    const order = wanted && matchAxes(map.outer, strides, space, wanted);
    if (order) return reorder(map, order, space);
  }
  return sameShape(map.outer, space) ? map : undefined;
}

/** A map, which has no axes of size one, with the axes of a contraction, which keeps them. */
export function alignToContraction(map: Draft, space: Shape): Draft | undefined {
  const kept = space.flatMap((size, axis) => size === 1 ? [] : [axis]);
  const fits = sameShape(map.outer, kept.map((axis) => space[axis]!));
  return fits ? reorder(map, kept, space) : undefined;
}

const knownAccesses = new WeakMap<Draft, ReadonlyMap<Node, number[]>>();

/** The strides along each axis of every value that varies along all axes. */
function accesses(draft: Draft): ReadonlyMap<Node, number[]> {
  const known = knownAccesses.get(draft);
  if (known) return known;
  const found = new Map<Node, number[]>();
  const space = wholeSpace(draft);
  const note = (node: Node, index: Scalar): void => {
    const strides = space.map((_, axis) => strideAlong(index, axis) ?? 0);
    if (strides.every((stride) => stride !== 0)) found.set(node, strides);
  };
  draftLoads(draft).forEach(({ source, index }) => note(source, index));
  draftStores(draft).forEach(({ target, index }) => note(target, index));
  knownAccesses.set(draft, found);
  return found;
}

/** Matches axes by size and stride: axis `i` of the map is axis `order[i]` of `space`. */
function matchAxes(
  sizes: Shape,
  strides: readonly number[],
  space: Shape,
  wanted: readonly number[],
): number[] | undefined {
  const order = sizes.map((size, i) =>
    space.findIndex((other, axis) => other === size && wanted[axis] === strides[i])
  );
  const complete = order.every((axis) => axis >= 0) && new Set(order).size === order.length;
  return complete ? order : undefined;
}

function reorder(map: Draft, order: readonly number[], space: Shape): Draft {
  if (order.length === space.length && order.every((axis, i) => axis === i)) return map;
  const rename = scalarRewriter((leaf) =>
    leaf.op === "axis" ? s.axis(order[leaf.axis]!, leaf.size) : undefined
  );
  return { ...mapDraft(map, rename), outer: space };
}

import type { Node } from "../node.ts";
import { depthOf, s, type Scalar, scalarTypeOf } from "../scalar/mod.ts";

/**
 * Functions that may lie one in another in one kernel, the indices of loads aside: what rewrites
 * and prints an expression recurses as deep, and printing ends the call stack at some 1500.
 * Training steps of plain and residual networks stay below 100.
 */
export const DEEPEST = 256;

/**
 * Stores values along chains of element ops, so that no expression gets too deep: a chain of any
 * length becomes kernels of bounded size.
 */
export function storeDeep(order: readonly Node[], stored: Set<Node>): void {
  const depths = new Map<Node, number>();
  for (const node of order) {
    if (stored.has(node)) continue;
    const below = node.inputs.reduce((max, input) => Math.max(max, depths.get(input) ?? 0), 0);
    const depth = below + elementDepth(node);
    if (depth > DEEPEST && below > 0) stored.add(node);
    else depths.set(node, depth);
  }
}

/** The depth of the rule of an element node, with that of the places that it reads at. */
function elementDepth({ op: { lowering }, attrs, type, inputs }: Node): number {
  if (lowering.kind !== "element") return 0;
  const places: Scalar[] = [];
  const value = lowering.element({
    attrs,
    type,
    inputs: inputs.map((input) => input.type),
    coords: type.shape.map((size, axis) => s.axis(axis, size)),
    read: (input, at) => s.result(places.push(...at), scalarTypeOf(inputs[input]!.type.dtype)),
  });
  return Math.max(1, depthOf([value]) + depthOf(places)); // a view that moves nothing is a call too
}

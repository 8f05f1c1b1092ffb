import { elementAt } from "../element.ts";
import type { Node } from "../node.ts";
import { depthOf, s, type Scalar, scalarTypeOf } from "../scalar/mod.ts";

/**
 * Greatest depth of nested functions in a kernel, not counting the indices of loads. Rewriting and
 * printing an expression recurse as deep as it is, and printing overflows the call stack at about
 * 1500. Training steps of plain and residual networks stay below 100.
 */
export const MOST_DEPTH = 256;

/**
 * Materializes values along chains of element ops, so that no expression gets too deep. A chain of
 * any length becomes kernels of bounded size.
 */
export function limitDepth(order: readonly Node[], materialized: Set<Node>): void {
  const depths = new Map<Node, number>();
  for (const node of order) {
    if (materialized.has(node)) continue;
    const below = node.inputs.reduce((max, input) => Math.max(max, depths.get(input) ?? 0), 0);
    const depth = below + elementDepth(node);
    if (depth > MOST_DEPTH && below > 0) materialized.add(node);
    else depths.set(node, depth);
  }
}

/** The depth of the expression of an element node, including the positions that it reads at. */
function elementDepth(node: Node): number {
  const { lowering } = node.op;
  if (lowering.kind !== "element") return 0;
  const places: Scalar[] = [];
  const value = elementAt(
    node,
    lowering,
    (input, at) => s.result(places.push(...at), scalarTypeOf(node.inputs[input]!.type.dtype)),
  );
  return Math.max(1, depthOf([value]) + depthOf(places)); // a view that moves nothing counts too
}

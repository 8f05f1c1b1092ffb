import type { Node } from "../node.ts";
import { type Apply, s, type Scalar, visitScalars } from "../scalar/mod.ts";
import { scalarTypeOf } from "./inline.ts";

/** Rough cost of scalar functions, in simple operations; 1 where none is given. */
const weights: Partial<Record<Apply["op"], number>> = {
  div: 2,
  mod: 2,
  sqrt: 2,
  exp: 8,
  log: 8,
  sin: 8,
  cos: 8,
  tanh: 10,
  erf: 12,
  pow: 16,
};

/** What computing one element of an element node costs, its inputs aside. */
function ownCost(node: Node): number {
  const { lowering } = node.op;
  if (lowering.kind !== "element" || lowering.view) return 0;
  let reads = 0;
  const value = lowering.element({
    attrs: node.attrs,
    type: node.type,
    inputs: node.inputs.map(({ type }) => type),
    coords: node.type.shape.map((size, axis) => s.axis(axis, size)),
    read: (input) => s.result(reads++, scalarTypeOf(node.inputs[input]!.type.dtype)),
  });
  let cost = 0;
  visitScalars([value], (scalar: Scalar) => {
    if ("args" in scalar) cost += weights[scalar.op] ?? 1;
  });
  return cost;
}

/**
 * For every node, what one element costs if everything under it is computed in place
 * down to values that are stored in any case; a load counts as one operation.
 */
export function inlineCosts(order: readonly Node[]): Map<Node, number> {
  const costs = new Map<Node, number>();
  for (const node of order) {
    const inputs = node.inputs.reduce((sum, input) => sum + costs.get(input)!, 0);
    costs.set(node, node.op.lowering.kind === "element" ? ownCost(node) + inputs : 1);
  }
  return costs;
}

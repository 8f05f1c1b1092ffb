import type { Node } from "../node.ts";
import { s, type Scalar, ScalarTable, scalarTypeOf } from "../scalar/mod.ts";
import { viewed } from "./viewed.ts";

/**
 * How often one value may be computed for one element of a kernel. Rules that read an input at
 * many places multiply: six windows of 7×7, one over the other, would be an expression of 49⁶.
 */
const MOST_REPEATS = 256;

/** Materializes values along chains of such rules, so that no expression explodes. */
export function storeRepeated(order: readonly Node[], stored: Set<Node>): void {
  const repeats = new Map<Node, number>();
  const under = (node: Node) => stored.has(node) ? 1 : repeats.get(node)!;
  for (const node of order) {
    if (node.op.lowering.kind !== "element") {
      repeats.set(node, Math.max(1, ...node.inputs.map(under)));
      continue;
    }
    const reads = readsOf(node);
    node.inputs.forEach((input, i) => {
      if (reads[i]! * under(input) > MOST_REPEATS && under(input) > 1) {
        stored.add(viewed(input, stored));
        repeats.set(input, 1);
      }
    });
    repeats.set(node, Math.max(1, ...node.inputs.map((input, i) => reads[i]! * under(input))));
  }
}

/** At how many different places an element of the node reads each of its inputs. */
function readsOf({ op: { lowering }, attrs, type, inputs }: Node): number[] {
  const places = inputs.map((): (readonly Scalar[])[] => []);
  if (lowering.kind === "element") {
    lowering.element({
      attrs,
      type,
      inputs: inputs.map((input) => input.type),
      coords: type.shape.map((size, axis) => s.axis(axis, size)),
      read: (input, at) =>
        s.result(places[input]!.push(at), scalarTypeOf(inputs[input]!.type.dtype)),
    });
  }
  return places.map((list) => list.length < 2 ? list.length : countDistinct(list));
}

function countDistinct(places: readonly (readonly Scalar[])[]): number {
  const table = new ScalarTable();
  return new Set(places.map((at) => at.map((coord) => table.id(coord)).join())).size;
}

import { elementAt } from "../element.ts";
import type { Node } from "../node.ts";
import { s, type Scalar, ScalarTable, scalarTypeOf } from "../scalar/mod.ts";
import { viewed } from "./viewed.ts";

/**
 * How often one value may be computed for one element of a kernel. Nested rules that read an input
 * at many positions multiply: six nested windows of 7×7 would be an expression of size 49⁶.
 */
const MOST_REPEATS = 256;

/** Materializes values along chains of such rules, so that no expression gets too large. */
export function limitRepeats(order: readonly Node[], materialized: Set<Node>): void {
  const repeats = new Map<Node, number>();
  const under = (node: Node) => materialized.has(node) ? 1 : repeats.get(node)!;
  for (const node of order) {
    if (node.op.lowering.kind !== "element") {
      repeats.set(node, Math.max(1, ...node.inputs.map(under)));
      continue;
    }
    const reads = readsOf(node);
    node.inputs.forEach((input, i) => {
      if (reads[i]! * under(input) > MOST_REPEATS && under(input) > 1) {
        materialized.add(viewed(input, materialized));
        repeats.set(input, 1);
      }
    });
    repeats.set(node, Math.max(1, ...node.inputs.map((input, i) => reads[i]! * under(input))));
  }
}

/** The number of distinct positions at which an element of the node reads each input. */
function readsOf(node: Node): number[] {
  const { op: { lowering }, inputs } = node;
  const places = inputs.map((): (readonly Scalar[])[] => []);
  if (lowering.kind === "element") {
    elementAt(
      node,
      lowering,
      (input, at) => s.result(places[input]!.push(at), scalarTypeOf(inputs[input]!.type.dtype)),
    );
  }
  return places.map((list) => list.length < 2 ? list.length : countDistinct(list));
}

function countDistinct(places: readonly (readonly Scalar[])[]): number {
  const table = new ScalarTable();
  return new Set(places.map((at) => at.map((coord) => table.id(coord)).join())).size;
}

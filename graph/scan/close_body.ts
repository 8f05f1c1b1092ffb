import { topological } from "../graph.ts";
import { type Node, withInputs } from "../node.ts";
import { input } from "../ops/source.ts";
import { nameOf } from "../tags.ts";
import { ScanBody } from "./body.ts";
import { dependents } from "../cotangents.ts";

/** A body, and the values from outside that its captures are placeholders of. */
export interface ClosedBody {
  readonly body: ScanBody;
  /** The captured values, in the order of the body's captures. */
  readonly captured: readonly Node[];
  /** The values of the body that the given outputs became. */
  readonly outputs: readonly Node[];
}

/**
 * Makes a body of nodes over placeholders that may also use values from outside. What does not
 * depend on the placeholders is computed once, outside, except literals.
 */
export function closeBody(
  { carries, slices, next, outputs }: {
    readonly carries: readonly Node[];
    readonly slices: readonly Node[];
    readonly next: readonly Node[];
    readonly outputs: readonly Node[];
  },
): ClosedBody {
  const order = topological([...next, ...outputs]);
  const isInside = dependents(order, new Set([...carries, ...slices]));
  const captures = new Map<Node, Node>();
  const done = new Map<Node, Node>([...carries, ...slices].map((node) => [node, node]));
  const inside = (node: Node): Node => {
    const known = done.get(node);
    if (known) return known;
    const made = isInside.has(node) || isFree(node)
      ? withInputs(node, node.inputs.map(inside))
      : input(nameOf(node) ?? `capture ${captures.size}`, node.type);
    if (!isInside.has(node) && !isFree(node)) captures.set(node, made);
    done.set(node, made);
    return made;
  };
  order.filter((node) => isInside.has(node)).forEach(inside); // inputs first: no deep recursion
  const closed = { next: next.map(inside), outputs: outputs.map(inside) };
  const body = new ScanBody({ carries, slices, captures: [...captures.values()], ...closed });
  return { body, captured: [...captures.keys()], outputs: closed.outputs };
}

/** A literal, or a view of one, which is computed where it is used. */
function isFree({ op: { lowering }, inputs: [input, other] }: Node): boolean {
  return lowering.kind === "element" && (!input || lowering.view && !other && isFree(input));
}

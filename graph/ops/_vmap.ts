/** Batching rules that many ops share: a leading axis of examples is added to all operands. */
import { makeNode, type NoBatching, type Node, type VmapContext } from "../node.ts";

/** For ops without inputs: their values are the same for all examples, and are never batched. */
export const withoutInputs: NoBatching = { refused: "it has no inputs" };

/** The rule of an op that takes more leading axes as it is. */
export function leadingAxes({ output, attrs, all }: VmapContext): Node {
  return makeNode(output.op, all(), attrs);
}

/** The rule of an op whose attributes change with the leading axis. */
export function withAttrs<A extends object>(
  attrsFor: (attrs: A, size: number) => A,
): (context: VmapContext<A>) => Node {
  return ({ output, attrs, size, all }) => makeNode(output.op, all(), attrsFor(attrs, size));
}

/** The rule of an op with an attribute `axes`. */
export const laterAxes: (context: VmapContext<{ readonly axes: readonly number[] }>) => Node =
  withAttrs(({ axes }) => ({ axes: axes.map((axis) => axis + 1) }));

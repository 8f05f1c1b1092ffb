/**
 * Applying the rule of an element op.
 * @module
 */
import type { ElementContext, Lowering, Node } from "./node.ts";
import { s, type Scalar } from "./scalar/mod.ts";

/** The lowering of an op that computes each element from elements of its inputs. */
export type ElementLowering = Extract<Lowering, { kind: "element" }>;

/**
 * The scalar expression of one element of a node.
 * @param read the element of an input at a position
 * @param coords the position of the element. Default: one loop axis for each axis of the node
 */
export function elementAt(
  { type, attrs, inputs }: Node,
  { element }: ElementLowering,
  read: ElementContext["read"],
  coords: readonly Scalar[] = type.shape.map((size, axis) => s.axis(axis, size)),
): Scalar {
  return element({ attrs, type, inputs: inputs.map((input) => input.type), coords, read });
}

/**
 * The rules of element ops, and their application.
 * @module
 */
import type { ElementContext, Lowering, Node } from "./node.ts";
import { s, type Scalar } from "./scalar/mod.ts";

/** The lowering of an op whose elements are computed one by one from elements of its inputs. */
export type ElementLowering<A extends object = object> = Extract<Lowering<A>, { kind: "element" }>;

/** What else a row may say of an element op. */
type Extras<A extends object> = Omit<ElementLowering<A>, "kind" | "view" | "element">;

/** The lowering of an op that computes each element from elements of its inputs. */
export function computes<A extends object>(
  element: ElementLowering<A>["element"],
  extras?: Extras<A>,
): Lowering<A> {
  return { kind: "element", view: false, element, ...extras };
}

/** The lowering of an op that moves or repeats elements, whose result need not be in memory. */
export function moves<A extends object>(
  element: ElementLowering<A>["element"],
  extras?: Extras<A>,
): Lowering<A> {
  return { kind: "element", view: true, element, ...extras };
}

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

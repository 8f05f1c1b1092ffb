/** The leading values of nodes that have been evaluated, for `console.log`. */
import {
  attrsOf,
  constant,
  type HostArray,
  is,
  type Node,
  topological,
  variable,
} from "../graph/mod.ts";
import { formatLeading, leadingValues } from "./notebook_display.ts";

const known = new WeakMap<Node, HostArray>();

/** Remembers the leading values of an evaluated node. */
export function rememberValues(node: Node, values: HostArray): void {
  known.set(node, leadingValues(node.type.shape, values));
}

/**
 * The leading values of a node in brackets, if they are known. They are said to be those of the last
 * evaluation if the node depends on variables, which may have changed since.
 */
export function shownValues(node: Node): string | undefined {
  const literal = attrsOf(node, constant)?.data;
  const values = literal ? leadingValues(node.type.shape, literal) : known.get(node);
  if (!values) return undefined;
  const isFixed = !topological([node]).some((part) => is(part, variable));
  return (isFixed ? "" : "when last evaluated: ") + formatLeading(node.type, values);
}

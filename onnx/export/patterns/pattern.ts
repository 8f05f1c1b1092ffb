/**
 * Patterns: several ops that are one ONNX operator. A pattern guesses the operands of a node,
 * rebuilds the node from them with the library's own functions, and compares the two. So if the
 * library changes, a pattern can stop matching, but it cannot match something else.
 * @module
 */
import {
  attrsOf,
  broadcastTo,
  type Builder,
  full,
  is,
  type Node,
  reshape,
} from "../../../graph/mod.ts";
import type { Emission } from "../row.ts";
import { sameGraph } from "../traces.ts";

/** A node recognized as one operator. */
export interface Match extends Emission {
  /** Attributes of the operator, which must not depend on the batch size. */
  readonly attrs: object;
}

/** Returns the match of a node, or `undefined`. */
export type Pattern = (node: Node) => Match | undefined;

/** Returns whether the node is the same as the one that `rebuild` computes from `leaves`. */
export function isBuilt(node: Node, rebuild: () => Node, leaves: readonly Node[]): boolean {
  try {
    return sameGraph(rebuild(), node, new Set(leaves));
  } catch (error) {
    // the guess has the wrong types or options
    if (error instanceof TypeError || error instanceof RangeError) return false;
    throw error;
  }
}

/** Follows a path of inputs, if the ops along it are the given ones. */
export function follow(
  node: Node | undefined,
  ...path: readonly (readonly [builder: Builder, input: number])[]
): Node | undefined {
  let at = node;
  for (const [builder, input] of path) {
    if (!at || !is(at, builder)) return undefined;
    at = at.inputs[input];
  }
  return at;
}

/** Returns the operand of a broadcast along axes of size one. */
export function unrepeated(node: Node | undefined): Node | undefined {
  let at = node;
  while (at && is(at, broadcastTo)) at = at.inputs[0];
  return at;
}

/** Returns the number that a node broadcasts. */
export function numberOf(node: Node | undefined): number | undefined {
  const inner = unrepeated(node);
  return inner && attrsOf(inner, full)?.value;
}

/** Returns the operand of a broadcast along axes that a reduction removed. */
export function unspread(node: Node | undefined): Node | undefined {
  const inner = unrepeated(node);
  return inner && is(inner, reshape) ? inner.inputs[0] : inner;
}

/** Returns the vector that a node broadcasts along all axes except the channels (axis 1). */
export function channelVector(node: Node): Node | undefined {
  const vector = unspread(node);
  const { shape } = node.type;
  if (vector?.type.shape.length !== 1 || vector.type.shape[0] !== shape[1]) return undefined;
  const column = [shape[1]!, ...shape.slice(2).map(() => 1)];
  const spread = () => broadcastTo(reshape(vector, column), shape);
  return isBuilt(node, spread, [vector]) ? vector : undefined;
}

/** Tries both orders of the inputs of a commutative op. */
export function eitherWay<T>(node: Node, find: (a: Node, b: Node) => T | undefined): T | undefined {
  const [a, b] = node.inputs;
  return a && b ? find(a, b) ?? find(b, a) : undefined;
}

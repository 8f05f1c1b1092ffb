/**
 * Patterns: several ops that are one operator of ONNX. A pattern guesses from a node what it
 * could be made from, builds that anew with the library's own functions, and compares: so a
 * pattern cannot drift away from the function it recognises, but can only stop matching.
 * @module
 */
import { broadcastTo, type Builder, is, type Node, reshape } from "../../graph/mod.ts";
import type { Emission } from "../row.ts";
import { sameGraph } from "../traces.ts";

/** A node recognised as one operator. */
export interface Match extends Emission {
  /** What decides the operator besides the operands: must not depend on the number of samples. */
  readonly attrs: object;
}

/** Recognises a node, or does not. */
export type Pattern = (node: Node) => Match | undefined;

/** Is the node what was built anew from `leaves`? */
export function isBuilt(node: Node, anew: () => Node, leaves: readonly Node[]): boolean {
  try {
    return sameGraph(anew(), node, new Set(leaves));
  } catch (error) {
    // the guess does not even have types or options that fit
    if (error instanceof TypeError || error instanceof RangeError) return false;
    throw error;
  }
}

/** The node along inputs `path[0]`, `path[1]`, … if the ops on the way are these. */
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

/** What a node repeats along axes of size one. */
export function unrepeated(node: Node | undefined): Node | undefined {
  let at = node;
  while (at && is(at, broadcastTo)) at = at.inputs[0];
  return at;
}

/** What a node repeats along axes that a reduction took away. */
export function unspread(node: Node | undefined): Node | undefined {
  const inner = unrepeated(node);
  return inner && is(inner, reshape) ? inner.inputs[0] : inner;
}

/** The vector that a node repeats along all axes but the channels (axis 1). */
export function channelVector(node: Node): Node | undefined {
  const vector = unspread(node);
  const { shape } = node.type;
  if (vector?.type.shape.length !== 1 || vector.type.shape[0] !== shape[1]) return undefined;
  const column = [shape[1]!, ...shape.slice(2).map(() => 1)];
  const spread = () => broadcastTo(reshape(vector, column), shape);
  return isBuilt(node, spread, [vector]) ? vector : undefined;
}

/** Both inputs of a commutative op, in both orders. */
export function eitherWay<T>(node: Node, find: (a: Node, b: Node) => T | undefined): T | undefined {
  const [a, b] = node.inputs;
  return a && b ? find(a, b) ?? find(b, a) : undefined;
}

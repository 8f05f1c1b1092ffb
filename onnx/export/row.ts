/**
 * Rows of the lowering table: which values a node needs, and which operators it becomes.
 * @module
 */
import {
  attrsOf,
  broadcastTo,
  type Builder,
  type DType,
  full,
  is,
  type Node,
} from "../../graph/mod.ts";
import type { OnnxBuilder } from "./builder.ts";
import { cannotExport } from "../errors.ts";
import { isFixed, sameSize, type Size, type Traces } from "./traces.ts";

/** An operand of an operator: a node or a scalar. */
export type Operand = Node | { readonly value: number; readonly dtype: DType };

/** How a node is written. Operands that no emission needs are not emitted. */
export interface Emission {
  /** The operands, which are emitted first. */
  readonly operands: readonly Operand[];
  /** Adds the operators, given the names of the operands, and returns the name of the result. */
  emit(operands: readonly string[], onnx: OnnxBuilder): string;
}

/** Adds the operators of an inner graph, given the names of its leaves; returns those of its values. */
export type EmitInner = (
  leaves: ReadonlyMap<Node, string>,
  onnx: OnnxBuilder,
) => ReadonlyMap<Node, string>;

/** Decides how a graph in an attribute is written, of which the leaves are given. */
export type DecideInner = (traces: Traces, leaves: ReadonlySet<Node>) => EmitInner;

/** Decides how a node is written. */
export type Row = (node: Node, traces: Traces, decideInner: DecideInner) => Emission;

/** Row of an op that corresponds to one operator. */
export function direct(op: string): Row {
  return (node) => ({
    operands: node.inputs,
    emit: (inputs, onnx) => onnx.add(op, inputs),
  });
}

/** Row of an op that cannot be exported. */
export function refuse(rule: string): Row {
  return (node) => {
    throw cannotExport(node, rule);
  };
}

/**
 * Returns the attributes of a node, which must not depend on the batch size.
 * @param mayVary attributes that may depend on it: shapes, which are obtained from the traces
 * @throws {OnnxError} if another attribute depends on it
 */
export function fixedAttrs<A extends object>(
  node: Node,
  builder: Builder<A>,
  { traces, mayVary = [] }: { readonly traces: Traces; readonly mayVary?: readonly (keyof A)[] },
): A {
  const attrs = attrsOf(node, builder);
  if (!attrs) throw new Error(`Internal: ${node.op.name} has the row of another op`);
  const free: readonly PropertyKey[] = mayVary;
  const bad = traces.varying(node).find((name) => !free.includes(name));
  if (bad !== undefined) {
    throw cannotExport(
      node,
      `${bad} must not depend on the batch size: export with a fixed batch size`,
    );
  }
  return attrs;
}

/** Removes broadcasts from an operand: ONNX operators broadcast by themselves. */
function compact(node: Node, { traces, kept }: Broadcasting): Operand {
  let inner = node;
  while (is(inner, broadcastTo) && keeps(inner, kept)) inner = inner.inputs[0]!;
  if (kept > 0 || !is(inner, full) || traces.varying(inner).includes("value")) return inner;
  const { value, type } = fixedAttrs(inner, full, { traces, mayVary: ["type"] });
  return { value, dtype: type.dtype };
}

/** Returns whether a broadcast leaves the last axes unchanged. */
function keeps(node: Node, last: number): boolean {
  const [to, from] = [node.type.shape, node.inputs[0]!.type.shape];
  return last === 0 || (from.length >= last && to.slice(-last).join() === from.slice(-last).join());
}

/** Sizes of an operand without its last axes. A scalar has no axes. */
function sizesOf(operand: Operand, { traces, kept }: Broadcasting): readonly Size[] {
  if (!("op" in operand)) return [];
  const sizes = traces.sizes(operand);
  return sizes.slice(0, sizes.length - kept);
}

/** The common sizes that these shapes broadcast to; `undefined` if they do not broadcast. */
function broadcastSizes(shapes: readonly (readonly Size[])[]): readonly Size[] | undefined {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  const one: Size = { fixed: 1, perSample: 0 };
  const result: Size[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? one);
    const size = sizes.find((other) => !isFixed(other, 1)) ?? one;
    if (sizes.some((other) => !isFixed(other, 1) && !sameSize(other, size))) return undefined;
    result.push(size);
  }
  return result;
}

/** Inputs for removing broadcasts. */
interface Broadcasting {
  /** Sizes of the result. */
  readonly wanted: readonly Size[];
  readonly traces: Traces;
  /** Number of last axes that do not broadcast: two for a matrix product. */
  readonly kept: number;
}

/**
 * Removes broadcasts from the operands of an op wherever the broadcasting of ONNX gives the result
 * the same sizes.
 */
export function compactOperands(
  inputs: readonly Node[],
  options: Omit<Broadcasting, "kept"> & { readonly kept?: number },
): readonly Operand[] {
  const context: Broadcasting = { kept: 0, ...options };
  const operands = inputs.map((input) => compact(input, context));
  const wanted = context.wanted.slice(0, context.wanted.length - context.kept);
  // if no operand has the full size without its broadcast, keep the broadcasts of the first ones
  for (let whole = 0; whole < inputs.length; whole++) {
    const tried = operands.map((operand, i) => i < whole ? inputs[i]! : operand);
    const sizes = broadcastSizes(tried.map((operand) => sizesOf(operand, context)));
    const fits = sizes?.length === wanted.length &&
      sizes.every((size, axis) => sameSize(size, wanted[axis]!));
    if (fits) return tried;
  }
  return inputs;
}

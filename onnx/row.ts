/**
 * What a row of the lowering table, or a pattern, says: which values it needs, and which
 * operators it becomes.
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
} from "../graph/mod.ts";
import type { OnnxBuilder } from "./builder.ts";
import { cannotExport } from "./errors.ts";
import { isFixed, sameSize, type Size, type Traces } from "./traces.ts";

/** A value that operators are applied to: that of a node, or a single number. */
export type Operand = Node | { readonly value: number; readonly dtype: DType };

/** A node, decided: nothing is emitted for what is not asked for. */
export interface Emission {
  /** What must be there before. */
  readonly operands: readonly Operand[];
  /** Adds the operators; gets the operands' names and returns that of the result. */
  emit(operands: readonly string[], onnx: OnnxBuilder): string;
}

/** Decides how a node is written. */
export type Row = (node: Node, traces: Traces) => Emission;

/** The row of an op that is an operator by itself. */
export function direct(op: string): Row {
  return (node) => ({
    operands: node.inputs,
    emit: (inputs, onnx) => onnx.add(op, inputs),
  });
}

/** The row of an op that has no place in an exported model. */
export function refuse(rule: string): Row {
  return (node) => {
    throw cannotExport(node, rule);
  };
}

/**
 * The attributes of a node, which must not depend on the number of samples.
 * @param mayVary names of attributes that may: shapes, which are known in another way
 * @throws {OnnxError} if another one does
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
      `it must not depend on the number of samples: current ${bad} does: export with a fixed one`,
    );
  }
  return attrs;
}

/** What an operand is a repetition of: ONNX repeats along axes by itself. */
function compact(node: Node, { traces, kept }: Broadcasting): Operand {
  let inner = node;
  while (is(inner, broadcastTo) && keeps(inner, kept)) inner = inner.inputs[0]!;
  if (kept > 0 || !is(inner, full)) return inner;
  const { value, type } = fixedAttrs(inner, full, { traces, mayVary: ["type"] });
  return { value, dtype: type.dtype };
}

/** Does a repetition leave the last axes as they are? */
function keeps(node: Node, last: number): boolean {
  const [to, from] = [node.type.shape, node.inputs[0]!.type.shape];
  return last === 0 || (from.length >= last && to.slice(-last).join() === from.slice(-last).join());
}

/** Sizes of an operand without its last axes; a single number has no axes. */
function sizesOf(operand: Operand, { traces, kept }: Broadcasting): readonly Size[] {
  if (!("op" in operand)) return [];
  const sizes = traces.sizes(operand);
  return sizes.slice(0, sizes.length - kept);
}

/** The sizes that these broadcast to, or `undefined` if they do not. */
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

/** What must be known to leave repetitions to ONNX. */
interface Broadcasting {
  /** Sizes of the result. */
  readonly wanted: readonly Size[];
  readonly traces: Traces;
  /** Number of last axes that are not repeated: those of a matrix. */
  readonly kept: number;
}

/**
 * The operands of an op that repeats them along axes, with the repetitions left to ONNX where
 * the result still gets its sizes.
 */
export function compactOperands(
  inputs: readonly Node[],
  options: Omit<Broadcasting, "kept"> & { readonly kept?: number },
): readonly Operand[] {
  const context: Broadcasting = { kept: 0, ...options };
  const operands = inputs.map((input) => compact(input, context));
  const wanted = context.wanted.slice(0, context.wanted.length - context.kept);
  // if none has the full size by itself, the first are repeated in full
  for (let whole = 0; whole < inputs.length; whole++) {
    const tried = operands.map((operand, i) => i < whole ? inputs[i]! : operand);
    const sizes = broadcastSizes(tried.map((operand) => sizesOf(operand, context)));
    const fits = sizes?.length === wanted.length &&
      sizes.every((size, axis) => sameSize(size, wanted[axis]!));
    if (fits) return tried;
  }
  return inputs;
}

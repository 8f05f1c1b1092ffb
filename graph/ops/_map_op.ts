import { computes } from "../element.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { defineBuilder, makeNode, type Node, type Op, type VjpContext } from "../node.ts";
import type { Scalar } from "../scalar/mod.ts";
import { type DType, formatType, sameShape, type TensorType } from "../types.ts";
import { leadingAxes } from "./_vmap.ts";

/** The row of an elementwise op. */
export interface MapRow<A extends object> {
  /** One element of the result, given the elements of the inputs at the same position. */
  expr(args: readonly Scalar[], attrs: A): Scalar;
  /** Element types accepted for the inputs. Default: `f32` only. */
  readonly accepts?: readonly DType[];
  /** Element type of the result. Default: that of the operands. */
  readonly result?: DType;
  /** Whether the first input is a condition of type bool. */
  readonly condition?: boolean;
  /** Cotangents of the inputs, given that of the result. If omitted, the op blocks the gradient. */
  vjp?(g: Node, context: VjpContext<A>): readonly (Node | null)[];
}

/** Makes the row of an elementwise op whose operands have one shape and type. */
function mapRow<A extends object>(name: string, row: MapRow<A>): Op<A> {
  return {
    name,
    lowering: computes(({ coords, inputs, attrs, read }) =>
      row.expr(inputs.map((_, i) => read(i, coords)), attrs)
    ),
    infer: (inputs) => inferMap(name, row, inputs),
    ...(row.vjp && { vjp: row.vjp }),
    vmap: leadingAxes,
  };
}

function inferMap<A extends object>(
  name: string,
  { accepts = ["f32"], result, condition }: MapRow<A>,
  inputs: readonly TensorType[],
): TensorType {
  const list = inputs.map(formatType).join(" and ");
  const [first] = inputs;
  if (!first || inputs.some(({ shape }) => !sameShape(shape, first.shape))) {
    throw new ShapeError(`Cannot apply ${name} to ${list}: shapes must be equal`);
  }
  const operands = condition ? inputs.slice(1) : inputs;
  const dtype = operands[0]!.dtype;
  if (condition && first.dtype !== "bool") {
    throw new DTypeError(`Cannot apply ${name} to ${list}: the condition must be bool`);
  }
  if (operands.some((type) => type.dtype !== dtype)) {
    throw new DTypeError(
      `Cannot apply ${name} to ${list}: operands must have the same type: cast one of them`,
    );
  }
  if (!accepts.includes(dtype)) {
    throw new DTypeError(
      `Cannot apply ${name} to ${list}: operands must be ${accepts.join(" or ")}: cast them first`,
    );
  }
  return { dtype: result ?? dtype, shape: first.shape };
}

/** An elementwise op of one input. */
export type UnaryOp = ((x: Node) => Node) & { readonly op: Op };
/** An elementwise op of two inputs of equal type. */
export type BinaryOp = ((a: Node, b: Node) => Node) & { readonly op: Op };

/** Defines an elementwise op of one input. */
export function unaryOp(name: string, row: MapRow<object>): UnaryOp {
  const op = mapRow(name, row);
  return defineBuilder(op, (x: Node) => makeNode(op, [x], {}));
}

/** Defines an elementwise op of two inputs. */
export function binaryOp(name: string, row: MapRow<object>): BinaryOp {
  const op = mapRow(name, row);
  return defineBuilder(op, (a: Node, b: Node) => makeNode(op, [a, b], {}));
}

/** Defines an elementwise op of any number of inputs and attributes. */
export function mapOp<A extends object>(name: string, row: MapRow<A>): Op<A> {
  return mapRow(name, row);
}

import type { Lowering, Node } from "../node.ts";
import { linearIndex } from "../ops/broadcast.ts";
import { s, type Scalar, scalarTypeOf } from "../scalar/mod.ts";
import { elementCount } from "../types.ts";
import { advance } from "./position.ts";
import { compileScalar } from "./scalar.ts";

/** An op's way of computing one element. */
type ElementLowering = Extract<Lowering, { kind: "element" }>;

/** One element of a node: loads have the number of the input as their source. */
export function elementOf(node: Node, lowering: ElementLowering): Scalar {
  const types = node.inputs.map(({ type }) => type);
  return lowering.element({
    attrs: node.attrs,
    type: node.type,
    inputs: types,
    coords: node.type.shape.map((size, axis) => s.axis(axis, size)),
    read: (input, coords) => {
      const type = types[input]!;
      return s.load(input, scalarTypeOf(type.dtype), linearIndex(coords, type.shape));
    },
  });
}

/** Computes every element of a node with an `element` rule. */
export function computeElements(
  node: Node,
  lowering: ElementLowering,
  inputs: readonly ArrayLike<number>[],
): Float64Array {
  const { shape } = node.type;
  const scalar = elementOf(node, lowering);
  const coords = new Int32Array(shape.length);
  const compute = compileScalar(scalar, {
    coords,
    elementsOf: (source) => inputs[source as number]!,
  });
  const result = new Float64Array(elementCount(shape));
  for (let i = 0; i < result.length; i++) {
    result[i] = compute();
    advance(coords, shape);
  }
  return result;
}

import { elementAt, type ElementLowering } from "../element.ts";
import type { Node } from "../node.ts";
import { linearIndex, s, type Scalar, scalarTypeOf } from "../scalar/mod.ts";
import { elementCount } from "../types.ts";
import { advance } from "./position.ts";
import { compileScalar } from "./scalar.ts";

/** The expression of one element of a node. The source of a load is the number of the input. */
export function elementOf(node: Node, lowering: ElementLowering): Scalar {
  return elementAt(node, lowering, (input, coords) => {
    const { dtype, shape } = node.inputs[input]!.type;
    return s.load(input, scalarTypeOf(dtype), linearIndex(coords, shape));
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

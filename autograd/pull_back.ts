import { cotangentsOf } from "../graph/cotangents.ts";
import {
  formatType,
  full,
  GraphError,
  labelOf,
  type Node,
  sameType,
  ShapeError,
} from "../graph/mod.ts";

/**
 * Returns the cotangents of `wrt` given the cotangent of `output`: reverse-mode differentiation as
 * a graph transformation. Values that `output` does not depend on get zeros.
 *
 * @throws {ShapeError} if the cotangent does not have the type of `output`
 * @throws {GraphError} if a value in `wrt` is not f32
 */
export function pullBack(output: Node, cotangent: Node, wrt: readonly Node[]): Node[] {
  if (!sameType(output.type, cotangent.type)) {
    throw new ShapeError(
      `Cannot differentiate "${labelOf(output)}": the cotangent must have the same type ${
        formatType(output.type)
      }: current type is ${formatType(cotangent.type)}`,
    );
  }
  for (const node of wrt) {
    if (node.type.dtype !== "f32") {
      throw new GraphError(
        `Cannot differentiate with respect to "${labelOf(node)}": it must be f32: current type is ${
          formatType(node.type)
        }`,
      );
    }
  }
  const cotangents = cotangentsOf([[output, cotangent]], wrt);
  return wrt.map((node, i) => cotangents[i] ?? full(0, node.type.shape));
}

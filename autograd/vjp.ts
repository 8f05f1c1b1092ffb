import {
  add,
  formatType,
  full,
  GraphError,
  LABEL,
  labelOf,
  nameOf,
  type Node,
  sameType,
  ShapeError,
  topological,
} from "../graph/mod.ts";

/**
 * Returns the cotangents of `wrt` given the cotangent of `output`: reverse-mode differentiation as
 * a graph transformation. Values that `output` does not depend on get zeros.
 *
 * @throws {ShapeError} if the cotangent does not have the type of `output`
 * @throws {GraphError} if a value in `wrt` is not f32
 */
export function vjp(output: Node, cotangent: Node, wrt: readonly Node[]): Node[] {
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
  const order = topological([output]);
  const needed = dependents(order, new Set(wrt));
  const cotangents = new Map<Node, Node>([[output, cotangent]]);
  for (const node of order.toReversed()) {
    const sum = cotangents.get(node);
    if (!sum || !needed.has(node)) continue;
    const g = named(sum, node);
    cotangents.set(node, g);
    if (!node.op.vjp) continue;
    const parts = node.op.vjp(g, { attrs: node.attrs, inputs: node.inputs, output: node });
    node.inputs.forEach((input, i) => {
      const part = parts[i];
      if (!part || !needed.has(input)) return;
      const others = cotangents.get(input);
      cotangents.set(input, others ? add(others, part) : part);
    });
  }
  return wrt.map((node) => cotangents.get(node) ?? full(0, node.type.shape));
}

/** Names the cotangent of "conv1" "d(conv1)". */
function named(cotangent: Node, node: Node): Node {
  const name = nameOf(node);
  const isOwn = nameOf(cotangent) === undefined && cotangent.op.lowering.kind !== "source";
  return name !== undefined && isOwn ? LABEL.set(cotangent, `d(${name})`) : cotangent;
}

/** The nodes that depend on one of `targets`, the targets included. */
function dependents(order: readonly Node[], targets: ReadonlySet<Node>): Set<Node> {
  const found = new Set<Node>();
  for (const node of order) {
    if (targets.has(node) || node.inputs.some((input) => found.has(input))) found.add(node);
  }
  return found;
}

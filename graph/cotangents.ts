/** Reverse-mode differentiation of graphs. */
import { topological } from "./graph.ts";
import type { Node, PartCotangent } from "./node.ts";
import { add } from "./ops/arithmetic.ts";
import { FREE_SIZES, LABEL, nameOf } from "./tags.ts";

/**
 * The cotangents of `wrt`, given the cotangents of some values that depend on them. A node that
 * none of the values depends on gets none.
 * @param hasFreeSizes whether loops are differentiated for any sizes. Default: whether an input of
 *   the values has free sizes
 */
export function cotangentsOf(
  seeds: readonly (readonly [value: Node, cotangent: Node])[],
  wrt: readonly Node[],
  hasFreeSizes?: boolean,
): (Node | undefined)[] {
  const order = topological(seeds.map(([value]) => value));
  const needed = dependents(order, new Set(wrt));
  const cotangents = new Map<Node, Node>();
  const give = (node: Node, part: Node | null | undefined): void => {
    if (!part || !needed.has(node)) return;
    const others = cotangents.get(node);
    cotangents.set(node, others ? add(others, part) : part);
  };
  seeds.forEach(([value, cotangent]) => give(value, cotangent));
  const parts = new Map<Node, PartCotangent[]>();
  for (const node of order.toReversed()) {
    const sum = cotangents.get(node);
    const ofParts = parts.get(node);
    if (ofParts) {
      hasFreeSizes ??= order.some(FREE_SIZES.get);
      const context = { attrs: node.attrs, inputs: node.inputs, output: node, hasFreeSizes };
      const shares = node.op.vjpOfParts?.(ofParts, context) ?? [];
      node.inputs.forEach((input, i) => give(input, shares[i]));
    }
    if (!sum) continue;
    const g = named(sum, node);
    cotangents.set(node, g);
    if (node.op.lowering.kind === "scanPart") {
      const [scan] = node.inputs as [Node];
      parts.set(scan, [...parts.get(scan) ?? [], { part: node, g }]);
    }
    if (!node.op.vjp) continue;
    const shares = node.op.vjp(g, { attrs: node.attrs, inputs: node.inputs, output: node });
    node.inputs.forEach((input, i) => give(input, shares[i]));
  }
  return wrt.map((node) => cotangents.get(node));
}

/** Names the cotangent of "conv1" "d(conv1)". */
function named(cotangent: Node, node: Node): Node {
  const name = nameOf(node);
  const isOwn = nameOf(cotangent) === undefined && cotangent.op.lowering.kind !== "source";
  return name !== undefined && isOwn ? LABEL.set(cotangent, `d(${name})`) : cotangent;
}

/** The nodes that depend on one of `targets`, the targets included. */
export function dependents(order: readonly Node[], targets: ReadonlySet<Node>): Set<Node> {
  const found = new Set<Node>();
  for (const node of order) {
    if (targets.has(node) || node.inputs.some((input) => found.has(input))) found.add(node);
  }
  return found;
}

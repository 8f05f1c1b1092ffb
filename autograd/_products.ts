/** Sums of products over named axes, as functions of nodes. */
import * as op from "../graph/mod.ts";
import type { Node } from "../graph/mod.ts";

/** A node with a name for each axis. */
export interface Labeled {
  /** The node. */
  readonly node: Node;
  /** Names of its axes. An axis that occurs twice stands for the diagonal. */
  readonly labels: readonly string[];
}

/**
 * Σ of the products of the operands over all labels that are not in `output`. The operands are
 * multiplied from left to right, as matrix products where they share axes that are summed.
 */
export function sumOfProducts(operands: readonly Labeled[], output: readonly string[]): Node {
  const [first, ...others] = operands.map(diagonal);
  const result = others.reduce((product, operand, i) => {
    const later = others.slice(i + 1).flatMap(({ labels }) => labels);
    const kept = new Set([...output, ...later]);
    const inBoth = (x: Labeled, y: Labeled) => sumOut(x, new Set([...kept, ...y.labels]));
    return multiply(inBoth(product, operand), inBoth(operand, product), kept);
  }, first!);
  const summed = sumOut(result, new Set(output));
  return op.permute(summed.node, output.map((label) => summed.labels.indexOf(label)));
}

/** Sums over the axes whose labels are not kept. */
function sumOut({ node, labels }: Labeled, kept: ReadonlySet<string>): Labeled {
  const axes = labels.flatMap((label, axis) => kept.has(label) ? [] : [axis]);
  return { node: op.reduceSum(node, axes), labels: labels.filter((label) => kept.has(label)) };
}

/** Replaces axes with the same label by their diagonal. */
function diagonal({ node, labels }: Labeled): Labeled {
  const second = labels.findIndex((label, axis) => labels.indexOf(label) !== axis);
  if (second < 0) return { node, labels };
  const first = labels.indexOf(labels[second]!);
  const { shape } = node.type;
  const isOn = op.equal(op.iota(shape, first), op.iota(shape, second));
  const kept = op.select(isOn, node, op.fullLike(node, 0));
  const rest = { node: op.reduceSum(kept, [second]), labels: labels.toSpliced(second, 1) };
  return diagonal(rest);
}

function multiply(a: Labeled, b: Labeled, kept: ReadonlySet<string>): Labeled {
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => kept.has(label));
  const summed = shared.filter((label) => !kept.has(label));
  const [rows, columns] = [a, b].map(({ labels }) =>
    labels.filter((label) => !shared.includes(label))
  ) as [string[], string[]];
  const labels = [...batch, ...rows, ...columns];
  if (summed.length === 0 || a.node.type.dtype !== "f32") {
    const all = [...labels, ...summed];
    const product = op.mul(...spread(a, b, all));
    return sumOut({ node: product, labels: all }, kept);
  }
  const product = op.matmul(
    matrices(a, [batch, rows, summed]),
    matrices(b, [batch, summed, columns]),
  );
  const shape = labels.map((label) => sizeOf(a, label) ?? sizeOf(b, label)!);
  return { node: op.reshape(product, shape), labels };
}

function sizeOf({ node, labels }: Labeled, label: string): number | undefined {
  return node.type.shape[labels.indexOf(label)];
}

/** Both operands, broadcast to axes with these labels. */
function spread(a: Labeled, b: Labeled, labels: readonly string[]): [Node, Node] {
  const shape = labels.map((label) => sizeOf(a, label) ?? sizeOf(b, label)!);
  const place = (x: Labeled) => {
    const own = labels.filter((label) => x.labels.includes(label));
    const ordered = op.permute(x.node, own.map((label) => x.labels.indexOf(label)));
    const sizes = labels.map((label) => sizeOf(x, label) ?? 1);
    return op.broadcastTo(op.reshape(ordered, sizes), shape);
  };
  return [place(a), place(b)];
}

/** The operand with its axes in this order, each group of them as one axis. */
function matrices(x: Labeled, groups: readonly (readonly string[])[]): Node {
  const order = groups.flat().map((label) => x.labels.indexOf(label));
  const sizes = groups.map((group) => op.elementCount(group.map((label) => sizeOf(x, label)!)));
  return op.reshape(op.permute(x.node, order), sizes);
}

/** The product of matrices, vectors, and batches of matrices, as `torch.matmul`. */
export function matrixProduct(a: Node, b: Node): Node {
  const [left, right] = [a.type.shape, b.type.shape];
  if (left.length === 0 || right.length === 0) {
    throw new op.ShapeError(
      `Cannot apply matmul to ${op.formatType(a.type)} and ${
        op.formatType(b.type)
      }: both must have ` +
        "at least one axis: to multiply by a number, use mul",
    );
  }
  const x = left.length === 1 ? op.reshape(a, [1, ...left]) : a;
  const y = right.length === 1 ? op.reshape(b, [...right, 1]) : b;
  const batch = op.broadcastShapes([x, y].map(({ type }) => type.shape.slice(0, -2)));
  const [p, q] = [x, y].map((part) =>
    op.broadcastTo(part, [...batch, ...part.type.shape.slice(-2)])
  );
  const product = op.matmul(p!, q!);
  const [rows, columns] = product.type.shape.slice(-2) as [number, number];
  const matrix = [...left.length === 1 ? [] : [rows], ...right.length === 1 ? [] : [columns]];
  return op.reshape(product, [...batch, ...matrix]);
}

/** Sums of products of tensors. */
import * as op from "../graph/mod.ts";
import { axesOf } from "./_arguments.ts";
import { type Labeled, sumOfProducts } from "./_products.ts";
import { nodeOf, Tensor } from "./tensor.ts";

/**
 * Sums of products in Einstein's notation, as `numpy.einsum`: `"ij,jk->ik"` is the matrix product.
 * Labels that are not after the arrow are summed. A label that one operand has twice stands for its
 * diagonal, and `...` for axes that broadcast. Without an arrow, the result has the labels that occur
 * once, in alphabetical order. Operands are multiplied from left to right.
 *
 * @example Scores of attention
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as gs from "@gspace/gspace";
 *
 * const [query, key] = [gs.zeros([2, 4, 5, 8]), gs.zeros([2, 4, 7, 8])];
 * assertEquals(gs.einsum("bhtc,bhsc->bhts", query, key).shape, [2, 4, 5, 7]);
 * ```
 *
 * @throws {ShapeError} if the equation does not fit the operands
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  checkOperands(operands);
  const fail = (rule: string): never => {
    const types = operands.map(({ node }) => op.formatType(node.type)).join(" and ");
    throw new op.ShapeError(
      `Cannot apply einsum to ${types}: ${rule}: current equation is ${op.formatFound(equation)}`,
    );
  };
  const match = /^([^>-]*)(?:->([^>-]*))?$/.exec(String(equation).replaceAll(" ", ""));
  const [left, right] = match ? [match[1]!, match[2]] : fail("it must be like ij,jk->ik");
  const parts = left.split(",");
  if (parts.length !== operands.length || operands.length === 0) {
    fail("there must be one list of labels for each operand");
  }
  const ranks = parts.map((part, i) => spreadRank(part, operands[i]!.rank, fail));
  const widest = Math.max(...ranks);
  const labeled = parts.map((part, i) => ({
    node: operands[i]!.node,
    labels: labelsOf(part, { own: ranks[i]!, widest }),
  }));
  const output = right === undefined
    ? impliedOutput(labeled)
    : labelsOf(right, { own: widest, widest });
  const known = new Set(labeled.flatMap(({ labels }) => labels));
  if (new Set(output).size !== output.length || output.some((label) => !known.has(label))) {
    fail("labels of the result must differ and occur in an operand");
  }
  return new Tensor(sumOfProducts(withoutBroadcast(labeled, fail), output));
}

/** Number of axes that `...` stands for. */
function spreadRank(part: string, rank: number, fail: (rule: string) => never): number {
  if (!/^[A-Za-z]*(\.\.\.[A-Za-z]*)?$/.test(part)) fail("labels must be letters, or ... once");
  const letters = part.replace("...", "").length;
  const isSpread = part.includes("...");
  if (letters > rank || (!isSpread && letters < rank)) fail("each axis must have one label");
  return rank - letters;
}

/** One label for each axis; those of `...` are numbered so that the last axes are equal. */
function labelsOf(part: string, { own, widest }: { own: number; widest: number }): string[] {
  const [before = "", after] = part.split("...");
  if (after === undefined) return [...before];
  const spread = Array.from({ length: own }, (_, i) => `.${widest - own + i}`);
  return [...before, ...spread, ...after];
}

function impliedOutput(operands: readonly Labeled[]): string[] {
  const all = operands.flatMap(({ labels }) => labels);
  const spread = [...new Set(all.filter((label) => label.startsWith(".")))];
  const once = all.filter((label) =>
    !label.startsWith(".") && all.filter((other) => other === label).length === 1
  );
  const byNumber = (a: string, b: string) => Number(a.slice(1)) - Number(b.slice(1));
  return [...spread.toSorted(byNumber), ...once.toSorted()];
}

/** Drops axes of size 1 whose label has another size elsewhere, and checks that all others agree. */
function withoutBroadcast(
  operands: readonly Labeled[],
  fail: (rule: string) => never,
): readonly Labeled[] {
  const sizes = new Map<string, number>();
  for (const { node, labels } of operands) {
    labels.forEach((label, axis) => {
      const size = node.type.shape[axis]!;
      const other = sizes.get(label) ?? 1;
      if (other !== 1 && size !== 1 && size !== other) {
        fail(`axes with one label must have one size: ${label} has ${other} and ${size}`);
      }
      sizes.set(label, other === 1 ? size : other);
    });
  }
  return operands.map(({ node, labels }) => {
    const isKept = (axis: number) => node.type.shape[axis] === sizes.get(labels[axis]!);
    const shape = node.type.shape.filter((_, axis) => isKept(axis));
    return { node: op.reshape(node, shape), labels: labels.filter((_, axis) => isKept(axis)) };
  });
}

/**
 * Sum of products over axes of both tensors, as `numpy.tensordot`. `axes`: a number of axes, the last
 * ones of `a` and the first ones of `b`; or a list of axes of each. The result has the other axes of
 * `a`, then those of `b`.
 * @throws {ShapeError} if the summed axes differ in size
 */
export function tensordot(
  a: Tensor,
  b: Tensor,
  axes: number | readonly [readonly number[], readonly number[]] = 2,
): Tensor {
  const action = "apply tensordot";
  for (const operand of [a, b]) nodeOf(operand);
  if (typeof axes === "number") {
    op.checkOption(action, { axes }, op.wholeIn(0, Math.min(a.rank, b.rank)), op.ShapeError);
  } else op.checkOption(action, { axes }, pairOfLists, op.ShapeError);
  const [left, right] = typeof axes === "number"
    ? [Array.from({ length: axes }, (_, i) => a.rank - axes + i), countedTo(axes)]
    : [axesOf(axes[0], a.rank), axesOf(axes[1], b.rank)];
  const fits = left.length === right.length && new Set(left).size === left.length &&
    new Set(right).size === right.length &&
    left.every((axis, i) => a.shape[axis] === b.shape[right[i]!]);
  if (!fits) {
    throw new op.ShapeError(
      `Cannot ${action} to ${op.formatType(a.node.type)} and ${
        op.formatType(b.node.type)
      }: axes must ` +
        `differ, and have the same sizes in both: current are [${left}] and [${right}]`,
    );
  }
  const first = a.shape.map((_, axis) => `a${axis}`);
  const second = b.shape.map((_, axis) =>
    right.includes(axis) ? `a${left[right.indexOf(axis)]}` : `b${axis}`
  );
  const output = [
    ...first.filter((_, axis) => !left.includes(axis)),
    ...second.filter((_, axis) => !right.includes(axis)),
  ];
  const operands = [{ node: a.node, labels: first }, { node: b.node, labels: second }];
  return new Tensor(sumOfProducts(operands, output));
}

const pairOfLists: op.ValueRule = {
  text: "a number of axes, or a list of axes for each tensor",
  holds: op.listOf({ ...op.anything, holds: Array.isArray }, 2).holds,
};

function countedTo(size: number): number[] {
  return Array.from({ length: size }, (_, i) => i);
}

function checkOperands(operands: readonly unknown[]): void {
  for (const operand of operands) {
    if (operand instanceof Tensor) continue;
    throw new TypeError(
      `Cannot apply einsum: operands must be Tensors, as in einsum("ij,jk->ik", a, b): ` +
        `current is ${op.formatFound(operand)}`,
    );
  }
}

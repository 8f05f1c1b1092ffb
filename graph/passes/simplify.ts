import { type Graph, type Pass, rewrite } from "../graph.ts";
import { attrsOf, is, makeNode, type Node } from "../node.ts";
import { add, div, mul, neg, sub } from "../ops/arithmetic.ts";
import { broadcastTo, reshape } from "../ops/broadcast.ts";
import { cast } from "../ops/functions.ts";
import { matmul } from "../ops/matmul.ts";
import { softmax } from "../ops/softmax.ts";
import { full } from "../ops/source.ts";
import { permute, slice, transpose } from "../ops/views.ts";

/**
 * Applies local algebraic identities that hold exactly, even for NaN and infinities; inputs first.
 */
export const simplify: Pass = (graph: Graph): Graph => rewrite(graph, simplifyNode);

const folds = new Map<object, (a: number, b: number) => number>([
  [add.op, (a, b) => a + b],
  [sub.op, (a, b) => a - b],
  [mul.op, (a, b) => a * b],
  [div.op, (a, b) => a / b],
]);

function simplifyNode(node: Node): Node | undefined {
  const [a, b] = node.inputs;
  const { lowering } = node.op;
  if (lowering.kind === "element" && lowering.marker) return a; // no longer needed at this stage
  if (is(node, softmax)) return makeNode(div.op, [a!, b!], {}, node.tags); // x is for derivatives
  const left = a && valueOf(a);
  const right = b && valueOf(b);
  if (isShapeOnly(node) && left !== undefined) {
    return full(left, node.type.shape, node.type.dtype);
  }
  const fold = folds.get(node.op);
  if (fold && node.type.dtype === "f32" && left !== undefined && right !== undefined) {
    return full(Math.fround(fold(left, right)), node.type.shape);
  }
  if (is(node, neg) && node.type.dtype === "f32" && left !== undefined) {
    return full(-left, node.type.shape);
  }
  if (is(node, neg) && is(a!, neg)) return a!.inputs[0]; // −(−x) = x
  if (is(node, mul)) return right === 1 ? a : left === 1 ? b : undefined; // 1·x = x
  if (is(node, div)) return right === 1 ? a : undefined; // x/1 = x
  if (is(node, sub)) return right === 0 && !Object.is(right, -0) ? a : undefined; // x−0 = x
  if (is(node, permute)) return simplifyPermute(node);
  if (is(node, reshape) && is(a!, reshape)) return reshape(a!.inputs[0]!, node.type.shape);
  return undefined;
}

/** The value that fills this node, if it is a `full`. */
function valueOf(node: Node): number | undefined {
  const value = attrsOf(node, full)?.value;
  return value === undefined || node.type.dtype !== "f32" ? value : Math.fround(value);
}

function isShapeOnly(node: Node): boolean {
  if (is(node, cast)) return false;
  return [reshape, broadcastTo, permute, slice].some((view) => is(node, view));
}

/**
 * Composes permutations, and rewrites (A·B)ᵀ as Bᵀ·Aᵀ, so that a product is computed in the layout
 * in which it is used.
 */
function simplifyPermute(node: Node): Node | undefined {
  const [x] = node.inputs;
  const { order } = attrsOf(node, permute)!;
  if (isIdentity(order)) return x;
  const inner = attrsOf(x!, permute);
  if (inner) {
    const composed = order.map((axis) => inner.order[axis]!);
    return isIdentity(composed) ? x!.inputs[0]! : permute(x!.inputs[0]!, composed);
  }
  const rank = order.length;
  const swapsLast = order.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i));
  if (!swapsLast || !is(x!, matmul)) return undefined;
  const [a, b] = x!.inputs.map((operand) => {
    const turned = transpose(operand);
    return simplifyPermute(turned) ?? turned;
  });
  return matmul(b!, a!);
}

function isIdentity(order: readonly number[]): boolean {
  return order.every((axis, i) => axis === i);
}

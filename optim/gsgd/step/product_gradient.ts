/**
 * Weight gradients that are products of two matrices, like those of linear layers. Before the
 * update, G-SGD needs only a few sums over the samples of them, so the product can be used as soon
 * as it is computed, as in plain SGD.
 * @module
 */
import {
  attrsOf,
  broadcastTo,
  fullLike,
  gather,
  greater,
  is,
  matmul,
  mul,
  type Node,
  permute,
  reduceSum,
  relu,
  select,
  sub,
  transpose,
} from "../../../graph/mod.ts";
import { elementsAt, indexVector, spread } from "../skeleton/index_vector.ts";
import type { SkeletonTensor } from "../skeleton/skeleton.ts";
import { variesAlong } from "../scales/scale_map.ts";

/**
 * The sides of δ[p, q] = Σ_b sides[0][b, p] · sides[1][b, q] with b the sample, if δ is a product:
 * by axis of the weight, each [samples, size of the axis].
 */
export function productOf(gradient: Node): readonly [Node, Node] | undefined {
  const product = isTurned(gradient) ? turn(gradient) : gradient;
  if (!is(product, matmul) || product.type.shape.length !== 2) return undefined;
  const [a, b] = product.inputs as [Node, Node];
  return isTurned(gradient) ? [b, turn(a)] : [turn(a), b];
}

function isTurned(matrix: Node): boolean {
  return attrsOf(matrix, permute)?.order.join() === "1,0";
}

/** The transpose; that of a transposed matrix is the matrix itself. */
function turn(matrix: Node): Node {
  return isTurned(matrix) ? matrix.inputs[0]! : transpose(matrix);
}

/**
 * Σ w·δ over the non-free weights that leave each element of the tensor's tail map, without δ:
 *
 *     Σ_k w[k, i]·δ[k, i] = Σ_b a[b, i]·(dz·w)[b, i]
 *
 * where dz·w is the gradient of a, which the step computes anyway. This is an identity of
 * products and does not need the conservation law [gsgd.md §11]. The term of the
 * free weight is taken out sample by sample. `undefined` if δ is no product.
 */
export function sumOverSamples(tensor: SkeletonTensor, gradient: Node): Node | undefined {
  const { weight, tail, outEdges } = tensor;
  const sides = productOf(gradient);
  const axis = [0, 1].find((axis) => variesAlong(tail, axis));
  if (!sides || axis === undefined || variesAlong(tail, 1 - axis)) return undefined;
  const [a, dz] = [sides[axis]!, sides[1 - axis]!];
  const da = behindRelu(a, matmul(dz, axis === 1 ? weight : transpose(weight)));
  if (outEdges.every((edge) => edge === undefined)) return reduceSum(mul(a, da), [0]);
  const positions = outEdges.map((edge) => edge?.position ?? [0, 0]);
  const isThere = indexVector(outEdges.map((edge) => edge ? 1 : 0));
  const taken = elementsAt(weight, positions);
  const free = outEdges.includes(undefined)
    ? select(greater(isThere, fullLike(isThere, 0)), taken, fullLike(taken, 0))
    : taken;
  const through = mul(
    columnsAt(dz, positions.map((position) => position[1 - axis]!)),
    broadcastTo(free, a.type.shape),
  );
  return reduceSum(mul(a, sub(da, through)), [0]);
}

/**
 * The gradient before the ReLU that gave `a`, if one did: a·da is the same with it, since
 * `a` is 0 where they differ, and it is the one that the step keeps.
 */
function behindRelu(a: Node, da: Node): Node {
  if (!is(a, relu)) return da;
  const [before] = relu.op.vjp!(da, { attrs: a.attrs, inputs: a.inputs, output: a });
  return before!;
}

/**
 * A gradient that is right at the in-edges of a tensor, all that is needed to know the routes
 * after the step; elsewhere it may be anything. Each is one sum over the samples where δ is a
 * product, else the gradient itself.
 */
export function gradientAtInEdges(tensor: SkeletonTensor, gradient: Node): Node {
  const { weight, head, inEdges } = tensor;
  const sides = productOf(gradient);
  if (!sides) return gradient;
  const [first, second] = sides.map((side, axis) =>
    columnsAt(side, inEdges.map((edge) => edge?.position[axis] ?? 0))
  );
  return spread(reduceSum(mul(first!, second!), [0]), head.shape, weight.type.shape);
}

/** These columns of a matrix; the matrix itself if they are all of them, in order. */
function columnsAt(x: Node, columns: readonly number[]): Node {
  const isWhole = columns.length === x.type.shape[1] && columns.every((column, i) => column === i);
  return isWhole ? x : gather(x, indexVector(columns), 1);
}

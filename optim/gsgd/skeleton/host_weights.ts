/**
 * The weights of a skeleton on the host, before training starts: read,
 * changed, and written back.
 */
import type { Variable } from "../../../autograd/mod.ts";
import { GraphError, labelOf, type Node, rowMajorStrides } from "../../../graph/mod.ts";
import { checkParameters } from "../../_arguments.ts";
import { elementNumbers } from "../scales/scale_map.ts";
import type { Skeleton, SkeletonEdge } from "./skeleton.ts";

/** A weight's value on the host, and the variable that it belongs to. */
interface HostWeight {
  readonly variable: Variable;
  readonly data: Float32Array;
}

/** Values by the weight's node. */
export type HostWeights = ReadonlyMap<Node, HostWeight>;

/**
 * The weights of a skeleton, copied.
 *
 * @param action for messages: what they are wanted for
 * @throws {GraphError} if a parameter is missing or on a device
 */
export function readHostWeights(
  { tensors }: Skeleton,
  parameters: readonly Variable[],
  action: string,
): HostWeights {
  checkParameters(`${action} a network`, parameters);
  return new Map(tensors.map(({ weight }) => {
    const variable = parameters.find(({ node }) => node === weight);
    const data = variable?.hostValue();
    if (variable && data instanceof Float32Array) return [weight, { variable, data }];
    throw new GraphError(
      `Cannot ${action} "${labelOf(weight)}": the parameter must be given and must not be on a ` +
        `device yet: it ${variable ? "is on a device" : "is not among the parameters"}`,
    );
  }));
}

/** Writes the values into the variables. */
export function writeHostWeights(weights: HostWeights): void {
  for (const { variable, data } of weights.values()) variable.assign(data);
}

/** The offset of a skeleton weight in its tensor. */
export function offsetOf({ weight, position }: SkeletonEdge): number {
  const strides = rowMajorStrides(weight.type.shape);
  return position.reduce((sum, index, axis) => sum + index * strides[axis]!, 0);
}

/**
 * g_c(w) [gsgd.md §1]: multiplies each weight by the factor of the node that it leads into and
 * divides it by that of the node that it leads out of; `factors` is by node id, 1 for GROUND.
 */
export function rescaleWeights(
  { tensors }: Skeleton,
  weights: HostWeights,
  factors: ArrayLike<number>,
): void {
  for (const { weight, tail, head } of tensors) {
    const { data } = weights.get(weight)!;
    const [heads, tails] = [head, tail].map((map) => elementNumbers(map, weight.type.shape));
    for (let i = 0; i < data.length; i++) {
      data[i] = data[i]! * factors[head.ids[heads![i]!]!]! / factors[tail.ids[tails![i]!]!]!;
    }
  }
}

/**
 * P (along in-edges) or Q (along out-edges) of each node by id, 1 for GROUND, given the numbers at
 * skeleton weights [gsgd.md §0].
 */
export function hostRouteProducts(
  { nodes }: Skeleton,
  along: "in" | "out",
  numberAt: (edge: SkeletonEdge) => number,
): Float64Array {
  const [edge, depth, end] = along === "in"
    ? ["inEdge", "inDepth", "tail"] as const
    : ["outEdge", "outDepth", "head"] as const;
  const products = new Float64Array(nodes.length + 1).fill(1);
  for (const node of nodes.toSorted((a, b) => a[depth] - b[depth])) {
    products[node.id] = numberAt(node[edge]) * products[node[edge][end]]!;
  }
  return products;
}

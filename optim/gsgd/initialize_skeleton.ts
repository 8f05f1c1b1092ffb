import type { Variable } from "../../autograd/mod.ts";
import { GraphError, type Node, rowMajorStrides } from "../../graph/mod.ts";
import { elementNumbers } from "./scale_map.ts";
import { GROUND } from "./scale_variables.ts";
import type { Skeleton, SkeletonEdge, SkeletonTensor } from "./skeleton.ts";

/**
 * First values of skeleton weights [spec §3.7].
 *
 * - `one`: all are 1, as in the paper. This changes the function that the network computes.
 * - `keep`: they are what they are. Large steps are unstable then: a trained path value is a
 *   product of small numbers, and the step grows as its inverse square.
 * - `gauge`: free ones become ±1 and all others are rescaled so that the function stays.
 */
export type SkeletonInit = "one" | "keep" | "gauge";

/** Below this a path value could not be divided by. */
const smallest = 1e-6;

/**
 * Gives the skeleton weights of a plan their first values, before training starts.
 *
 * @param parameters at least those of the plan's segments
 * @throws {GraphError} if a parameter is missing or already on a device, or if a skeleton
 *   weight that is to be kept is too close to 0
 */
export function initializeSkeleton(
  plan: { readonly skeleton: Skeleton },
  parameters: readonly Variable[],
  init: SkeletonInit = "one",
): void {
  const { nodes, tensors } = plan.skeleton;
  const values = new Map(tensors.map((tensor) => [tensor.weight, hostValueOf(tensor, parameters)]));
  const skeleton = nodes.flatMap(({ inEdge, outEdge }) => [inEdge, outEdge]);
  if (init === "one") {
    for (const edge of skeleton) values.get(edge.weight)!.data[offsetOf(edge)] = 1;
  } else for (const edge of skeleton) requireUsable(edge, values);
  if (init === "keep") return;
  if (init === "gauge") regauge(plan.skeleton, values);
  for (const { variable, data } of values.values()) variable.assign(data);
}

interface HostValue {
  readonly variable: Variable;
  readonly data: Float32Array;
}
type HostValues = ReadonlyMap<Node, HostValue>;

function hostValueOf({ weight }: SkeletonTensor, parameters: readonly Variable[]): HostValue {
  const variable = parameters.find(({ node }) => node === weight);
  const data = variable?.hostValue();
  if (!variable || !(data instanceof Float32Array)) {
    const { name } = weight.attrs as { readonly name: string };
    throw new GraphError(
      `Cannot initialize the skeleton of "${name}": the parameter must be given and must not be ` +
        `on a device yet: it ${variable ? "is on a device" : "is not among the parameters"}`,
    );
  }
  return { variable, data };
}

function offsetOf({ weight, position }: SkeletonEdge): number {
  const strides = rowMajorStrides(weight.type.shape);
  return position.reduce((sum, index, axis) => sum + index * strides[axis]!, 0);
}

function requireUsable(edge: SkeletonEdge, values: HostValues): void {
  const { variable, data } = values.get(edge.weight)!;
  const value = data[offsetOf(edge)]!;
  if (Math.abs(value) >= smallest) return;
  throw new GraphError(
    `Cannot keep skeleton weight [${edge.position.join(", ")}] of "${variable.name}": it must ` +
      `be at least ${smallest} in size: current value is ${value}; the init "one" sets it to 1`,
  );
}

/** Rescales every node by |Q|: the product of its free weights becomes ±1 [spec §2.3]. */
function regauge({ nodes, tensors }: Skeleton, values: HostValues): void {
  const scale = new Float64Array(nodes.length + 1).fill(1);
  for (const { id, outEdge } of nodes.toSorted((a, b) => a.outDepth - b.outDepth)) {
    const { data } = values.get(outEdge.weight)!;
    scale[id] = Math.abs(data[offsetOf(outEdge)]!) * scale[outEdge.head]!;
  }
  scale[GROUND] = 1;
  for (const { weight, tail, head } of tensors) {
    const { data } = values.get(weight)!;
    const [heads, tails] = [head, tail].map((map) => elementNumbers(map, weight.type.shape));
    for (let i = 0; i < data.length; i++) {
      data[i] = data[i]! * scale[head.ids[heads![i]!]!]! / scale[tail.ids[tails![i]!]!]!;
    }
  }
  for (const { outEdge } of nodes) {
    const { data } = values.get(outEdge.weight)!;
    data[offsetOf(outEdge)] = Math.sign(data[offsetOf(outEdge)]!); // exactly, not up to rounding
  }
}

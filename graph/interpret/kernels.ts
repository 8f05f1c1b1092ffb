import type { Lowering, Node } from "../node.ts";
import { elementCount } from "../types.ts";

/** The names of the kernels that ops are bound to. */
type KernelName = Extract<Lowering, { kind: "kernel" }>["kernel"];

/** Computes a node from the elements of its inputs. */
export type KernelRule = (node: Node, inputs: readonly ArrayLike<number>[]) => Float64Array;

function matmul(node: Node, [a, b]: readonly ArrayLike<number>[]): Float64Array {
  const [m, k] = node.inputs[0]!.type.shape.slice(-2) as [number, number];
  const n = node.type.shape.at(-1)!;
  const result = new Float64Array(elementCount(node.type.shape));
  for (let i = 0; i < result.length; i++) {
    const column = i % n;
    const row = Math.floor(i / n); // of all the matrices, one after the other
    const matrix = Math.floor(row / m);
    let sum = 0;
    for (let j = 0; j < k; j++) sum += a![row * k + j]! * b![(matrix * k + j) * n + column]!;
    result[i] = sum;
  }
  return result;
}

/** One plain loop for each kernel. */
export const kernelRules = { matmul } satisfies Record<KernelName, KernelRule>;

import { is, type Lowering, type Node } from "../node.ts";
import { elementCount, type Shape } from "../types.ts";
import {
  conv2d as conv2dForward,
  type Conv2dAttrs,
  conv2dInputGradient,
  conv2dResult,
} from "../ops/conv.ts";

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

/** All three convolutions walk the same products; they differ in what is summed up. */
function conv2d(node: Node, [a, b]: readonly ArrayLike<number>[]): Float64Array {
  const attrs = node.attrs as Conv2dAttrs;
  const result = new Float64Array(elementCount(node.type.shape));
  const forward = is(node, conv2dForward);
  const toInput = is(node, conv2dInputGradient);
  forEachProduct(attrs, (image, weight, output) => {
    if (forward) result[output]! += a![image]! * b![weight]!;
    else if (toInput) result[image]! += a![output]! * b![weight]!;
    else result[weight]! += a![image]! * b![output]!;
  });
  return result;
}

/** Calls `see` with the element indices of every image · weight that adds to an output. */
export function forEachProduct(
  attrs: Conv2dAttrs,
  see: (image: number, weight: number, output: number) => void,
): void {
  const { images, weight, padding, stride, dilation, groups } = attrs;
  const [count, , h, w] = images as [number, number, number, number];
  const [outputs, inGroup, kernelH, kernelW] = weight as [number, number, number, number];
  const positions: Shape = [count, outputs, ...attrs.output, inGroup, kernelH, kernelW];
  const [, , rows, columns] = conv2dResult(attrs) as [number, number, number, number];
  const total = elementCount(positions);
  const at = new Int32Array(7);
  for (let product = 0; product < total; product++) {
    for (let axis = 6, rest = product; axis >= 0; axis--) {
      at[axis] = rest % positions[axis]!;
      rest = Math.floor(rest / positions[axis]!);
    }
    const [n, o, i, j, c, u, v] = at as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const y = i * stride[0] + u * dilation[0] - padding[0];
    const x = j * stride[1] + v * dilation[1] - padding[1];
    if (y < 0 || y >= h || x < 0 || x >= w) continue;
    const channel = Math.floor(o / (outputs / groups)) * inGroup + c;
    see(
      ((n * inGroup * groups + channel) * h + y) * w + x,
      ((o * inGroup + c) * kernelH + u) * kernelW + v,
      ((n * outputs + o) * rows + i) * columns + j,
    );
  }
}

/** One plain loop for each kernel. */
export const kernelRules = { matmul, conv2d } satisfies Record<KernelName, KernelRule>;

import { asLoop } from "../kernels/as_loop.ts";
import { contractionOf, kernelOfContraction } from "../lower/contraction.ts";
import { type Node, withInputs } from "../node.ts";
import { input } from "../ops/source.ts";
import { linearIndex, s, scalarTypeOf } from "../scalar/mod.ts";
import { elementCount } from "../types.ts";
import { runLoop } from "./loop.ts";

/** Computes a node that has a kernel by running the loop form of the kernel. */
export function computeKernel(node: Node, inputs: readonly Float64Array[]): Float64Array {
  const { shape } = node.type;
  const result = new Float64Array(elementCount(shape));
  const sources = node.inputs.map(({ type }, i) => input(`input ${i}`, type));
  const contraction = contractionOf(withInputs(node, sources)); // the elements of the inputs are row-major
  if (!contraction) return result; // each sum has no terms
  const index = linearIndex(shape.map((size, axis) => s.axis(axis, size)), shape);
  const kernel = kernelOfContraction(contraction, {
    label: node.op.name,
    stores: [{ slot: inputs.length, index, value: s.result(0, scalarTypeOf(node.type.dtype)) }],
    slotOf: (source) => sources.indexOf(source),
  });
  runLoop(asLoop(kernel), [...inputs, result]);
  return result;
}

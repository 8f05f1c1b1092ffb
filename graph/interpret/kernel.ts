import { contractionOf, kernelOfContraction } from "../lower/contraction.ts";
import { asLoop } from "../loop_forms.ts";
import { type Node, withInputs } from "../node.ts";
import { linearIndex } from "../ops/broadcast.ts";
import { input } from "../ops/source.ts";
import { s } from "../scalar/mod.ts";
import { elementCount } from "../types.ts";
import { runLoop } from "./loop.ts";

/** Computes a node that has a kernel by running the loop form of the kernel. */
export function computeKernel(node: Node, inputs: readonly Float64Array[]): Float64Array {
  const result = new Float64Array(elementCount(node.type.shape));
  const sources = node.inputs.map(({ type }, i) => input(`input ${i}`, type));
  const contraction = contractionOf(withInputs(node, sources)); // the elements of the inputs are row-major
  if (!contraction) return result; // each sum has no terms
  const outer = node.type.shape;
  const index = linearIndex(outer.map((size, axis) => s.axis(axis, size)), outer);
  const kernel = kernelOfContraction(contraction, {
    label: node.op.name,
    outer,
    stores: [{ slot: inputs.length, index, value: s.result(0, "f32") }],
    slotOf: (source) => sources.indexOf(source),
  });
  runLoop(asLoop(kernel), [...inputs, result]);
  return result;
}

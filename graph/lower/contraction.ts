import type { Kernel, Store } from "../kernel.ts";
import type { Lowering, Node } from "../node.ts";
import { elementCount } from "../types.ts";
import { type Operand, operandOf, rowMajorOperand } from "./operand.ts";

/** A node that a kernel of its own computes, and the operands of the kernel. */
export interface Contraction {
  readonly node: Node;
  readonly operands: readonly Operand[];
}

/** The contraction of a kernel node; `undefined` if its sums have no terms. */
export function contractionOf(node: Node): Contraction | undefined {
  if (node.inputs.some(({ type }) => elementCount(type.shape) === 0)) return undefined;
  const { reads } = kernelLowering(node);
  return { node, operands: node.inputs.map(reads === "matrices" ? operandOf : rowMajorOperand) };
}

/** The nodes that a contraction reads. */
export function contractionSources({ operands }: Contraction): readonly Node[] {
  return operands.map(({ source }) => source);
}

/** The kernel of a contraction, with its epilogue. */
export function kernelOfContraction(
  { node, operands }: Contraction,
  { label, stores, slotOf }: {
    readonly label: string;
    readonly stores: readonly Store[];
    readonly slotOf: (source: Node) => number;
  },
): Kernel {
  return kernelLowering(node).kernel({
    attrs: node.attrs,
    type: node.type,
    inputs: node.inputs.map(({ type }) => type),
    operands: operands.map(({ source, ...layout }) => ({ slot: slotOf(source), ...layout })),
    label,
    stores,
  });
}

function kernelLowering({ op: { name, lowering } }: Node): Extract<Lowering, { kind: "kernel" }> {
  if (lowering.kind === "kernel") return lowering;
  throw new Error(`Internal: "${name}" has no kernel`);
}

import type { Conv2dKernel, Conv2dSizes, Kernel, MatrixOperand, Store } from "../kernel.ts";
import { attrsOf, is, type Node } from "../node.ts";
import {
  conv2d,
  type Conv2dAttrs,
  conv2dInputGradient,
  conv2dWeightGradient,
} from "../ops/conv.ts";
import type { Shape } from "../types.ts";
import { contiguousSource, type Operand, operandOf } from "./operand.ts";

/** A matrix product over nodes instead of slots. */
export interface MatmulContraction {
  readonly kind: "matmul";
  readonly a: Operand;
  readonly b: Operand;
  readonly k: number;
}

/** A convolution over nodes instead of slots. */
export interface Conv2dContraction {
  readonly kind: "conv2d";
  readonly role: Conv2dKernel["role"];
  readonly sizes: Conv2dSizes;
  readonly a: Node;
  readonly b: Node;
}

/** The sum of products inside a draft. */
export type Contraction = MatmulContraction | Conv2dContraction;

/** One row for each kernel that ops are bound to. A sum without terms has no contraction. */
const contractions: {
  readonly [Kind in Exclude<Kernel["kind"], "loop">]: (node: Node) => Contraction | undefined;
} = { matmul: matmulContraction, conv2d: conv2dContraction };

/** The sum of products that computes a kernel node; `undefined` if it has no terms. */
export function contractionOf(node: Node): Contraction | undefined {
  const { lowering } = node.op;
  if (lowering.kind !== "kernel") throw new Error(`Internal: "${node.op.name}" has no kernel`);
  return contractions[lowering.kernel](node);
}

/** The nodes that a contraction reads. */
export function contractionSources(contraction: Contraction): readonly Node[] {
  return contraction.kind === "matmul"
    ? [contraction.a.source, contraction.b.source]
    : [contraction.a, contraction.b];
}

/** The parts of a kernel that are not in its contraction. */
export interface KernelParts {
  readonly label: string;
  /** Sizes of the axes of the result. */
  readonly outer: Shape;
  readonly stores: readonly Store[];
  readonly slotOf: (source: Node) => number;
}

/** The kernel of a contraction. */
export function kernelOfContraction(
  contraction: Contraction,
  { label, outer, stores, slotOf }: KernelParts,
): Kernel {
  if (contraction.kind === "conv2d") {
    const [a, b] = [slotOf(contraction.a), slotOf(contraction.b)];
    return {
      kind: "conv2d",
      label,
      role: contraction.role,
      sizes: contraction.sizes,
      a,
      b,
      stores,
    };
  }
  const operandIn = ({ source, ...strides }: Operand): MatrixOperand => ({
    slot: slotOf(source),
    ...strides,
  });
  const [m, n] = outer.slice(-2) as [number, number];
  const [a, b] = [operandIn(contraction.a), operandIn(contraction.b)];
  return { kind: "matmul", label, batch: outer.slice(0, -2), m, n, k: contraction.k, a, b, stores };
}

function matmulContraction(node: Node): MatmulContraction | undefined {
  const [a, b] = node.inputs;
  const k = a!.type.shape.at(-1)!;
  return k === 0 ? undefined : { kind: "matmul", a: operandOf(a!), b: operandOf(b!), k };
}

function conv2dContraction(node: Node): Conv2dContraction | undefined {
  const [a, b] = node.inputs;
  const attrs = (attrsOf(node, conv2d) ?? attrsOf(node, conv2dInputGradient) ??
    attrsOf(node, conv2dWeightGradient))!;
  const role = is(node, conv2d)
    ? "forward"
    : is(node, conv2dInputGradient)
    ? "inputGradient"
    : "weightGradient";
  const sizes = sizesOf(attrs);
  if (a!.type.shape.includes(0) || b!.type.shape.includes(0)) return undefined;
  return { kind: "conv2d", role, sizes, a: contiguousSource(a!), b: contiguousSource(b!) };
}

function sizesOf({ images, weight, output, ...rest }: Conv2dAttrs): Conv2dSizes {
  const [n, c, h, w] = images as [number, number, number, number];
  const [o, , kernelHeight, kernelWidth] = weight as [number, number, number, number];
  const [outHeight, outWidth] = output;
  const { stride, padding, dilation, groups } = rest;
  return {
    n,
    c,
    h,
    w,
    o,
    kernelHeight,
    kernelWidth,
    outHeight,
    outWidth,
    stride,
    padding,
    dilation,
    groups,
  };
}

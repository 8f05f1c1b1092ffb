import { DTypeError, ShapeError } from "../errors.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { formatType, sameShape, type TensorType } from "../types.ts";
import { leadingAxes } from "./_vmap.ts";
import { transpose } from "./views.ts";

function matmulType(a: TensorType, b: TensorType): TensorType {
  const what = `Cannot apply matmul to ${formatType(a)} and ${formatType(b)}`;
  if (a.dtype !== "f32" || b.dtype !== "f32") {
    throw new DTypeError(`${what}: both must be f32: cast them first`);
  }
  if (a.shape.length < 2 || a.shape.length !== b.shape.length) {
    throw new ShapeError(`${what}: both must have the same rank of two or more`);
  }
  const [m, k] = a.shape.slice(-2) as [number, number];
  const [k2, n] = b.shape.slice(-2) as [number, number];
  if (k !== k2) {
    throw new ShapeError(`${what}: inner dimensions must agree: current values are ${k} and ${k2}`);
  }
  const batch = a.shape.slice(0, -2);
  if (!sameShape(batch, b.shape.slice(0, -2))) {
    throw new ShapeError(`${what}: batch dimensions must agree`);
  }
  return { dtype: "f32", shape: [...batch, m, n] };
}

const matmulOp: Op = {
  name: "matmul",
  lowering: {
    kind: "kernel",
    reads: "matrices",
    kernel: ({ type: { shape }, inputs, operands: [a, b], label, stores }) => {
      const [m, n] = shape.slice(-2) as [number, number];
      const k = inputs[0]!.shape.at(-1)!;
      return { kind: "matmul", label, batch: shape.slice(0, -2), m, n, k, a: a!, b: b!, stores };
    },
  },
  infer: ([a, b]) => matmulType(a!, b!),
  vjp: (g, { inputs: [a, b] }) => [
    matmul(g, transpose(b!)), // dA = G·Bᵀ
    matmul(transpose(a!), g), // dB = Aᵀ·G
  ],
  vmap: leadingAxes,
};

/** a · b for f32 matrices [batch…, m, k] and [batch…, k, n]. */
export const matmul: ((a: Node, b: Node) => Node) & Builder = defineBuilder(
  matmulOp,
  (a: Node, b: Node) => makeNode(matmulOp, [a, b], {}),
);

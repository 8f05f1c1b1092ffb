/** Rows of matrix products. */
import { einsum } from "../../../autograd/mod.ts";
import { plain, type Row, row } from "../row.ts";

/** α · a · b + β · c, where a and b may be transposed. */
const gemm: Row = row((operator) => {
  const [alpha, beta] = [operator.float("alpha", 1), operator.float("beta", 1)];
  operator.flag("broadcast"); // of opset 6; then it is always so
  const [turnsA, turnsB] = [operator.flag("transA"), operator.flag("transB")];
  return (operands) => {
    const [a, b, c] = [operands.at(0), operands.at(1), operands.maybe(2)];
    const product = (turnsA ? a.transpose() : a).matmul(turnsB ? b.transpose() : b);
    const scaled = alpha === 1 ? product : product.mul(alpha);
    if (!c) return scaled;
    return scaled.add(beta === 1 ? c : c.mul(beta));
  };
});

/** The rows, by operator. */
export const products = {
  MatMul: plain((operands) => operands.at(0).matmul(operands.at(1))),
  Gemm: gemm,
  Einsum: row((operator) => {
    const equation = operator.text("equation");
    return (operands) => einsum(equation, ...operands.all());
  }),
} as const satisfies Readonly<Record<string, Row>>;

/** Rows of sources, and of markers, which do not change their value. */
import { constant, input } from "../../../graph/mod.ts";
import { fixedAttrs, type Row } from "../row.ts";

const same: Row = ({ inputs: [x] }) => ({ operands: [x!], emit: ([name]) => name! });

const constantRow: Row = (node, traces) => {
  const { data, type } = fixedAttrs(node, constant, { traces });
  return { operands: [], emit: (_, onnx) => onnx.constant(data, type.shape, type.dtype) };
};

const inputRow: Row = (node, traces) => {
  const { name } = fixedAttrs(node, input, { traces, mayVary: ["type"] });
  return { operands: [], emit: (_, onnx) => onnx.input(name) };
};

/** The rows, by op. */
export const sources = {
  input: inputRow,
  variable: (node) => ({ operands: [], emit: (_, onnx) => onnx.weight(node) }),
  constant: constantRow,
  stopGradient: same,
  perRank: same,
  allReduceSum: same,
  variance: same,
} as const satisfies Record<string, Row>;

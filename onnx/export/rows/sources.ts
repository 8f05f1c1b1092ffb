/** Rows of sources, and of markers, which do not change their value. */
import { constant } from "../../../graph/mod.ts";
import { fixedAttrs, type Row } from "../row.ts";

const same: Row = ({ inputs: [x] }) => ({ operands: [x!], emit: ([name]) => name! });

const constantRow: Row = (node, traces) => {
  const { data, type } = fixedAttrs(node, constant, { traces });
  return { operands: [], emit: (_, onnx) => onnx.constant(data, type.shape, type.dtype) };
};

/** The rows, by op. */
export const sources = {
  input: () => ({ operands: [], emit: (_, onnx) => onnx.input }),
  variable: (node) => ({ operands: [], emit: (_, onnx) => onnx.weight(node) }),
  constant: constantRow,
  stopGradient: same,
  perRank: same,
  allReduceSum: same,
  variance: same,
} as const satisfies Record<string, Row>;

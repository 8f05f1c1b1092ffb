/** Rows of ops that read or write elements at positions. */
import { gather, type Node, scatterMax, scatterSum } from "../../../graph/mod.ts";
import type { OnnxBuilder } from "../builder.ts";
import { fixedAttrs, type Row } from "../row.ts";
import type { Size, Traces } from "../traces.ts";
import { countedTo, expanded, reshaped, sizeScalar } from "./views.ts";

const one: Size = { fixed: 1, perSample: 0 };

/** A size, changed by a constant. */
function plus({ fixed, perSample }: Size, amount: number): Size {
  return { fixed: fixed + amount, perSample };
}

/** Clamps indices to the positions of an axis. */
function clamped(onnx: OnnxBuilder, indices: string, size: Size): string {
  const low = onnx.add("Max", [indices, onnx.scalar(0, "i32")]);
  return onnx.add("Min", [low, sizeScalar(onnx, plus(size, -1))]);
}

const gatherRow: Row = (node, traces) => {
  const { axis } = fixedAttrs(node, gather, { traces });
  const size = traces.sizes(node.inputs[0]!)[axis]!;
  return {
    operands: node.inputs,
    emit: ([x, indices], onnx) => onnx.add("Gather", [x!, clamped(onnx, indices!, size)], { axis }),
  };
};

const elementsAt: Row = (node, traces) => {
  const [x, ...indices] = node.inputs;
  const sizes = traces.sizes(x!);
  const column: Size[] = [...traces.sizes(indices[0]!), one];
  return {
    operands: node.inputs,
    emit: ([x, ...indices], onnx) => {
      const columns = indices.map((index, axis) =>
        reshaped(onnx, clamped(onnx, index, sizes[axis]!), column)
      );
      const positions = onnx.add("Concat", columns, { axis: column.length - 1 });
      return onnx.add("GatherND", [x!, onnx.add("Cast", [positions], { to: 7 })]);
    },
  };
};

/** Sizes of a scatter of g [n, columns] to a result [rows, columns]. */
function scatterSizes(node: Node, traces: Traces) {
  const [rows] = traces.sizes(node) as [Size, Size];
  const [n, columns] = traces.sizes(node.inputs[0]!) as [Size, Size];
  return { rows, n, columns };
}

/**
 * Adds up in one row more than the result has, which takes what is out of range. ScatterElements is
 * added in the order of the indices; with ScatterND, threads of onnxruntime may lose additions.
 */
const scatterSumRow: Row = (node, traces) => {
  fixedAttrs(node, scatterSum, { traces, mayVary: ["size"] });
  const { rows, n, columns } = scatterSizes(node, traces);
  return {
    operands: node.inputs,
    emit: ([g, indices], onnx) => {
      const size = sizeScalar(onnx, rows);
      const isAtLeastZero = onnx.add("GreaterOrEqual", [indices!, onnx.scalar(0, "i32")]);
      const isInside = onnx.add("And", [isAtLeastZero, onnx.add("Less", [indices!, size])]);
      const row = reshaped(onnx, onnx.add("Where", [isInside, indices!, size]), [n, one]);
      const places = expanded(onnx, row, { from: [n, one], to: [n, columns] });
      const zero = onnx.scalar(0, node.type.dtype);
      const zeros = onnx.add("Expand", [zero, onnx.sizes([plus(rows, 1), columns])]);
      const all = onnx.add("ScatterElements", [zeros, places, g!], { axis: 0, reduction: "add" });
      return onnx.add("Slice", [all, onnx.ints([0]), onnx.size(rows), onnx.ints([0])]);
    },
  };
};

/** Compares each index with each row, because ONNX takes a maximum only from opset 18 on. */
const scatterMaxRow: Row = (node, traces) => {
  fixedAttrs(node, scatterMax, { traces, mayVary: ["size"] });
  const { rows, n, columns } = scatterSizes(node, traces);
  return {
    operands: node.inputs,
    emit: ([g, indices], onnx) => {
      const places = reshaped(onnx, countedTo(onnx, rows), [rows, one, one]);
      const isRow = onnx.add("Equal", [reshaped(onnx, indices!, [one, n, one]), places]);
      const zero = onnx.scalar(0, "i32");
      const chosen = onnx.add("Where", [isRow, reshaped(onnx, g!, [one, n, columns]), zero]);
      const largest = onnx.add("ReduceMax", [chosen], { axes: [1], keepdims: 0 });
      return onnx.add("Max", [largest, zero]);
    },
  };
};

/** The rows, by op. */
export const positions = {
  gather: gatherRow,
  elementsAt,
  scatterSum: scatterSumRow,
  scatterMax: scatterMaxRow,
} as const;

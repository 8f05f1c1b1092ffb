/** Rows of ops that move or repeat elements. */
import {
  attrsOf,
  broadcastTo,
  concat,
  type DType,
  flip,
  full,
  iota,
  pad,
  permute,
  reshape,
  slice,
} from "../../../graph/mod.ts";
import type { OnnxBuilder } from "../builder.ts";
import { cannotExport } from "../../errors.ts";
import { dataTypes } from "../../file/model.ts";
import { fixedAttrs, type Row } from "../row.ts";
import { isFixed, sameSize, type Size } from "../traces.ts";

/** An end beyond that of any axis. */
const TO_THE_END = 2 ** 31 - 1;

/** Reshapes a value. A size that depends on the batch size is inferred at run time. */
export function reshaped(onnx: OnnxBuilder, x: string, sizes: readonly Size[]): string {
  const unknown = sizes.filter(({ perSample }) => perSample !== 0).length;
  const empty = sizes.some((size) => isFixed(size, 0));
  const plain = unknown <= 1 && !empty;
  const shape = plain
    ? onnx.ints(sizes.map(({ fixed, perSample }) => perSample === 0 ? fixed : -1))
    : onnx.sizes(sizes);
  return onnx.add("Reshape", [x, shape], empty ? { allowzero: 1 } : {});
}

/** Broadcasts a value from sizes `from` to sizes `to`. */
export function expanded(
  onnx: OnnxBuilder,
  x: string,
  { from, to }: { readonly from: readonly Size[]; readonly to: readonly Size[] },
): string {
  const added = to.length - from.length;
  const one: Size = { fixed: 1, perSample: 0 };
  const wanted = to.map((size, axis) => {
    const own = from[axis - added];
    return own !== undefined && sameSize(own, size) ? one : size;
  });
  return onnx.add("Expand", [x, onnx.sizes(wanted)]);
}

const reshapeRow: Row = (node, traces) => {
  fixedAttrs(node, reshape, { traces, mayVary: ["shape"] });
  return {
    operands: node.inputs,
    emit: ([x], onnx) => reshaped(onnx, x!, traces.sizes(node)),
  };
};

const broadcastRow: Row = (node, traces) => {
  fixedAttrs(node, broadcastTo, { traces, mayVary: ["shape"] });
  const sizes = { from: traces.sizes(node.inputs[0]!), to: traces.sizes(node) };
  return { operands: node.inputs, emit: ([x], onnx) => expanded(onnx, x!, sizes) };
};

/** A number that depends on the batch size is computed at run time, like sizes. */
const fullRow: Row = (node, traces) => {
  const number = traces.number(node, (twin) => attrsOf(twin, full)!.value);
  const mayVary = ["type", ...number ? ["value" as const] : []] as const;
  const { type } = fixedAttrs(node, full, { traces, mayVary });
  return {
    operands: [],
    emit: (_, onnx) => {
      const scalar = sizeScalar(onnx, number!, type.dtype);
      if (type.shape.length === 0) return scalar;
      return onnx.add("Expand", [scalar, onnx.sizes(traces.sizes(node))]);
    },
  };
};

const iotaRow: Row = (node, traces) => {
  const { axis } = fixedAttrs(node, iota, { traces, mayVary: ["shape"] });
  const to = traces.sizes(node);
  return {
    operands: [],
    emit: (_, onnx) => {
      const size = to[axis]!;
      const from: Size[] = to.map((_, i) => i === axis ? size : { fixed: 1, perSample: 0 });
      const positions = countedTo(onnx, size);
      const placed = to.length === 1 ? positions : reshaped(onnx, positions, from);
      return from.every((own, i) => sameSize(own, to[i]!))
        ? placed
        : expanded(onnx, placed, { from, to });
    },
  };
};

/** i32: 0, 1, …, size − 1. */
export function countedTo(onnx: OnnxBuilder, size: Size): string {
  if (size.perSample === 0) {
    return onnx.constant(Int32Array.from({ length: size.fixed }, (_, i) => i), [size.fixed]);
  }
  const [start, step] = [onnx.scalar(0, "i32"), onnx.scalar(1, "i32")];
  return onnx.add("Range", [start, sizeScalar(onnx, size), step]);
}

/** A size as a scalar. */
export function sizeScalar(onnx: OnnxBuilder, size: Size, dtype: DType = "i32"): string {
  if (size.perSample === 0) return onnx.scalar(size.fixed, dtype);
  const scalar = onnx.add("Reshape", [onnx.size(size), onnx.ints([])]);
  return onnx.add("Cast", [scalar], { to: dataTypes[dtype] });
}

const permuteRow: Row = (node, traces) => {
  const { order } = fixedAttrs(node, permute, { traces });
  return {
    operands: node.inputs,
    emit: (inputs, onnx) => onnx.add("Transpose", inputs, { perm: order }),
  };
};

const sliceRow: Row = (node, traces) => {
  const { starts, sizes: counts, steps } = fixedAttrs(node, slice, { traces, mayVary: ["sizes"] });
  const [from, to] = [traces.sizes(node.inputs[0]!), traces.sizes(node)];
  const axes = from.flatMap((size, axis) => sameSize(size, to[axis]!) ? [] : [axis]);
  const ends = axes.map((axis) => {
    if (to[axis]!.perSample === 0) return starts[axis]! + (counts[axis]! - 1) * steps[axis]! + 1;
    // an axis that depends on the batch size cannot be cut at its end
    const reachesEnd = traces.twins(node).every(({ type, inputs: [x] }) => {
      const rest = x!.type.shape[axis]! - starts[axis]!;
      return type.shape[axis] === Math.ceil(rest / steps[axis]!);
    });
    if (reachesEnd) return TO_THE_END;
    throw cannotExport(
      node,
      "a slice of an axis that depends on the batch size must extend to its end",
    );
  });
  return {
    operands: node.inputs,
    emit: ([x], onnx) => {
      if (axes.length === 0) return onnx.add("Identity", [x!]);
      const lists = [axes.map((axis) => starts[axis]!), ends, axes, axes.map((a) => steps[a]!)];
      return onnx.add("Slice", [x!, ...lists.map((list) => onnx.ints(list))]);
    },
  };
};

const flipRow: Row = (node, traces) => {
  const { axes } = fixedAttrs(node, flip, { traces });
  const lists = [axes.map(() => -1), axes.map(() => -TO_THE_END), axes, axes.map(() => -1)];
  return {
    operands: node.inputs,
    emit: ([x], onnx) => onnx.add("Slice", [x!, ...lists.map((list) => onnx.ints(list))]),
  };
};

const padRow: Row = (node, traces) => {
  const { before, after, interior, value } = fixedAttrs(node, pad, { traces });
  if (interior.some((amount) => amount > 0)) {
    throw cannotExport(node, "ONNX cannot pad between elements");
  }
  return {
    operands: node.inputs,
    emit: ([x], onnx) =>
      onnx.add("Pad", [x!, onnx.ints([...before, ...after]), onnx.scalar(value, node.type.dtype)]),
  };
};

const concatRow: Row = (node, traces) => {
  const { axis } = fixedAttrs(node, concat, { traces });
  return {
    operands: node.inputs,
    emit: (inputs, onnx) => onnx.add("Concat", inputs, { axis }),
  };
};

/** The rows, by op. */
export const views = {
  reshape: reshapeRow,
  broadcastTo: broadcastRow,
  full: fullRow,
  iota: iotaRow,
  permute: permuteRow,
  slice: sliceRow,
  flip: flipRow,
  pad: padRow,
  concat: concatRow,
} as const;

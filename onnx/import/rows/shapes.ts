/** Rows of operators that make constants, and that move or repeat elements. */
import { concat, full, Tensor, tensor } from "../../../autograd/mod.ts";
import { broadcastShapes, elementCount, equal, iota } from "../../../graph/mod.ts";
import type { Operands } from "../operands.ts";
import type { Operator } from "../operator.ts";
import { plain, type Row, row } from "../row.ts";
import { constantOf, elementsHere, integers } from "../values.ts";
import { castTarget } from "./elementwise.ts";
import { padRow } from "./padding.ts";
import { sliceRow } from "./slices.ts";

/** Row of an operator whose axes are an attribute until opset 12, and then an input. */
function withAxes(
  apply: (x: Tensor, axes: readonly number[] | undefined, operands: Operands) => Tensor,
): Row {
  return row((operator) => {
    const axes = operator.ints("axes");
    const isInput = operator.opset >= 13;
    return (operands) => apply(operands.at(0), isInput ? operands.maybeKnown(1) : axes, operands);
  }, { known: [1] });
}

/** The shape that a Reshape asks for: 0 keeps a size, and −1 is inferred. */
const reshape: Row = row((operator) => {
  const allowsZero = operator.flag("allowzero");
  return (operands) => {
    const [x, asked] = [operands.at(0), operands.known(1)];
    const shape = asked.map((size, axis) => size === 0 && !allowsZero ? x.shape[axis] ?? 0 : size);
    return x.reshape(shape);
  };
}, { known: [1] });

const flatten: Row = row((operator) => {
  const axis = operator.int("axis", 1);
  return (operands) => {
    const x = operands.at(0);
    const first = axis === x.rank ? axis : operands.axis(axis, x.rank);
    const rest = elementCount(x.shape.slice(first));
    return x.reshape([elementCount(x.shape.slice(0, first)), rest]);
  };
});

const transpose: Row = row((operator) => {
  const order = operator.ints("perm");
  return (operands) => {
    const x = operands.at(0);
    return x.permute([...(order ?? x.shape.map((_, axis) => x.rank - 1 - axis))]);
  };
});

const squeeze: Row = withAxes((x, axes, operands) => {
  const removed = axes ? operands.axes(axes, x.rank) : undefined;
  const bad = removed?.find((axis) => x.shape[axis] !== 1);
  if (bad !== undefined) {
    throw operands.refuse(`axis ${bad} must have size 1: it has ${x.shape[bad]}`);
  }
  return x.reshape(x.shape.filter((size, axis) => removed ? !removed.includes(axis) : size !== 1));
});

const unsqueeze: Row = withAxes((x, axes, operands) => {
  if (!axes) throw operands.refuse("axes are required");
  const added = operands.axes(axes, x.rank + axes.length);
  const sizes = [...x.shape];
  const shape = Array.from(
    { length: x.rank + added.length },
    (_, axis) => added.includes(axis) ? 1 : sizes.shift() ?? 1,
  );
  return x.reshape(shape);
});

const join: Row = row((operator) => {
  const axis = operator.int("axis");
  return (operands) => concat(operands.all(), operands.axis(axis, operands.at(0).rank));
});

const split: Row = row((operator) => {
  const given = operator.int("axis", 0);
  const sizes = operator.ints("split");
  const count = operator.results;
  return (operands) => {
    const x = operands.at(0);
    const axis = operands.axis(given, x.rank);
    const equally = x.shape[axis]! / count;
    const parts = (operator.opset < 13 ? sizes : operands.maybeKnown(1)) ??
      Array.from({ length: count }, () => equally);
    return x.split(parts, axis);
  };
}, { known: [1] });

/** Sizes of the value, from `start` to before `end`. */
const shape: Row = row((operator) => {
  const [start, end] = [operator.int("start", 0), operator.maybeInt("end")];
  return (operands) => integers(operands.at(0).shape.slice(start, end));
});

/** The value of a Constant, which one of several attributes holds. */
function constantValue(operator: Operator): Tensor {
  const value = operator.tensor("value");
  if (value) return constantOf(value);
  const { attributes } = operator.node;
  const has = (name: string) => Object.hasOwn(attributes, name);
  if (has("value_float")) return tensor(operator.float("value_float"));
  if (has("value_floats")) return tensor(operator.floats("value_floats")!);
  if (has("value_int")) return integers([operator.int("value_int")], []);
  if (has("value_ints")) return integers(operator.ints("value_ints")!);
  throw operator.refuse("the value must be a tensor or numbers");
}

const constantRow: Row = row((operator) => {
  const value = constantValue(operator);
  return () => value;
});

const filled: Row = row((operator) => {
  const value = operator.tensor("value");
  const { dtype } = value ? constantOf(value) : { dtype: "f32" as const };
  const [element = 0] = value ? elementsHere(value) : [];
  return (operands) => full(element, operands.known(0), dtype);
}, { known: [0] });

/** start, start + delta, … to before the limit. Small ranges of whole numbers are exact. */
const range: Row = plain((operands) => {
  const [start, limit, delta] = [operands.number(0), operands.number(1), operands.number(2)];
  const { dtype } = operands.at(0);
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!Number.isSafeInteger(count)) throw operands.refuse("the range must be finite");
  const positions = new Tensor(iota([count], 0));
  const isPlain = start === 0 && delta === 1;
  return isPlain
    ? positions.cast(dtype === "u8" ? "i32" : dtype)
    : positions.cast(dtype === "f32" ? "f32" : "i32").mul(delta).add(start);
}, { known: [0, 1, 2] });

const eye: Row = row((operator) => {
  const offset = operator.int("k", 0);
  const code = operator.maybeInt("dtype");
  const dtype = code === undefined ? undefined : castTarget(operator, code);
  return (operands) => {
    const x = operands.at(0);
    const isOne = new Tensor(
      equal(new Tensor(iota(x.shape, 0)).add(offset).node, iota(x.shape, 1)),
    );
    return isOne.cast(dtype ?? (x.dtype === "u8" ? "i32" : x.dtype));
  };
});

const depthToSpace: Row = row((operator) => {
  const block = operator.int("blocksize");
  const isColumnFirst = operator.choice("mode", ["DCR", "CRD"], "DCR") === "CRD";
  return (operands) => {
    const x = operands.at(0);
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const depth = c / block / block;
    const [apart, order] = isColumnFirst
      ? [[n, depth, block, block, h, w], [0, 1, 4, 2, 5, 3]]
      : [[n, block, block, depth, h, w], [0, 3, 4, 1, 5, 2]];
    return x.reshape(apart).permute(order).reshape([n, depth, h * block, w * block]);
  };
});

const spaceToDepth: Row = row((operator) => {
  const block = operator.int("blocksize");
  return (operands) => {
    const x = operands.at(0);
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const [rows, columns] = [h / block, w / block];
    return x.reshape([n, c, rows, block, columns, block]).permute([0, 3, 5, 1, 2, 4])
      .reshape([n, c * block * block, rows, columns]);
  };
});

/** The rows, by operator. */
export const shapes = {
  Reshape: reshape,
  Flatten: flatten,
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Concat: join,
  Split: split,
  Slice: sliceRow,
  Pad: padRow,
  Expand: plain((operands) => {
    const x = operands.at(0);
    return x.broadcastTo([...broadcastShapes([x.shape, operands.known(1)])]);
  }, { known: [1] }),
  Tile: plain((operands) => operands.at(0).tile([...operands.known(1)]), { known: [1] }),
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Shape: shape,
  Size: plain((operands) => integers([operands.at(0).size], [])),
  Constant: constantRow,
  ConstantOfShape: filled,
  Range: range,
  EyeLike: eye,
} as const satisfies Readonly<Record<string, Row>>;

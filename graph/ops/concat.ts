import { moves } from "../element.ts";
import { axisOfRank, checkOption } from "../check_value.ts";
import { ShapeError } from "../errors.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op, withInputs } from "../node.ts";
import { s, type Scalar } from "../scalar/mod.ts";
import { MATERIALIZED } from "../tags.ts";
import { formatType, type TensorType } from "../types.ts";
import { withAttrs } from "./_vmap.ts";
import { slice } from "./views.ts";

/** Attributes of `concat`. */
export interface ConcatAttrs {
  /** The axis to concatenate along. */
  readonly axis: number;
}

/** Most inputs of a concat that are selected by a linear chain of comparisons. */
const PICKED_IN_TURN = 32;

const concatOp: Op<ConcatAttrs> = {
  name: "concat",
  lowering: moves(({ coords, attrs: { axis }, inputs, read }) => {
    const starts = startsAlong(inputs, axis);
    const inputAt = (i: number): Scalar => {
      const size = inputs[i]!.shape[axis]!;
      const local = s.sub(coords[axis]!, s.int(starts[i]!));
      const inside = s.max(s.min(local, s.int(Math.max(0, size - 1))), s.int(0));
      return read(i, coords.toSpliced(axis, 1, inside));
    };
    const pick = (from: number, to: number): Scalar => {
      if (to - from === 1) return inputAt(from);
      // A linear chain for few inputs; a binary search for many keeps the expression shallow.
      const middle = to - from <= PICKED_IN_TURN ? from + 1 : (from + to) >> 1;
      const isBefore = s.lt(coords[axis]!, s.int(starts[middle]!));
      return s.select(isBefore, pick(from, middle), pick(middle, to));
    };
    return pick(0, inputs.length);
  }, {
    deviceForm: (node, _attrs, { mostOperands }) =>
      node.inputs.length > mostOperands ? concatTree(node, mostOperands) : undefined,
  }),
  infer: (inputs, { axis }) => {
    const [first] = inputs;
    checkOption("concat", { axis }, axisOfRank(first?.shape.length ?? 0), ShapeError);
    const fits = first &&
      inputs.every(({ dtype, shape }) =>
        dtype === first.dtype && shape.length === first.shape.length &&
        shape.every((size, i) => i === axis || size === first.shape[i])
      );
    if (!fits) {
      throw new ShapeError(
        `Cannot concat ${inputs.map(formatType).join(" and ")} along axis ${axis}: types must be ` +
          "equal except for that axis",
      );
    }
    const size = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    return { dtype: first.dtype, shape: first.shape.toSpliced(axis, 1, size) };
  },
  vjp: (g, { inputs, attrs: { axis } }) => {
    const starts = startsAlong(inputs.map(({ type }) => type), axis);
    return inputs.map(({ type }, i) =>
      slice(g, type.shape.map((_, a) => a === axis ? starts[i]! : 0), type.shape)
    );
  },
  vmap: withAttrs(({ axis }) => ({ axis: axis + 1 })),
};

function startsAlong(inputs: readonly TensorType[], axis: number): number[] {
  let start = 0;
  return inputs.map(({ shape }) => (start += shape[axis]!) - shape[axis]!);
}

/** Concatenates adjacent inputs, `most` at a time, until at most that many remain. */
function concatTree(node: Node, most: number): Node {
  let parts = node.inputs;
  while (parts.length > most) {
    const groups = Array.from(
      { length: Math.ceil(parts.length / most) },
      (_, i) => parts.slice(i * most, (i + 1) * most),
    );
    parts = groups.map((group) =>
      group.length === 1 ? group[0]! : MATERIALIZED.set(withInputs(node, group), true)
    );
  }
  return withInputs(node, parts);
}

/** Concatenates values along an axis. */
export const concat: ((inputs: readonly Node[], axis: number) => Node) & Builder<ConcatAttrs> =
  defineBuilder(
    concatOp,
    (inputs: readonly Node[], axis: number) => {
      const node = makeNode(concatOp, inputs, { axis });
      return inputs.length === 1 ? inputs[0]! : node;
    },
  );

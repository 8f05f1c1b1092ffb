import { moves } from "../element.ts";
import {
  anything,
  axisOfRank,
  checkOption,
  listOf,
  literalOf,
  nonNegativeWhole,
  optional,
  positiveWhole,
} from "../check_value.ts";
import { checkOptions, type OptionRules } from "../check_options.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { s, type Scalar, scalarTypeOf } from "../scalar/mod.ts";
import { checkPositions } from "../sizes.ts";
import { withAttrs } from "./_vmap.ts";
import { formatType } from "../types.ts";

/** Attributes of `permute`: axis `i` of the result is axis `order[i]` of the input. */
export interface PermuteAttrs {
  /** Input axis of each result axis. */
  readonly order: readonly number[];
}

const permuteOp: Op<PermuteAttrs> = {
  name: "permute",
  lowering: moves(({ coords, attrs: { order }, read }) =>
    read(0, order.map((_, axis) => coords[order.indexOf(axis)]!))
  ),
  infer: ([x], { order }) => {
    const rank = x!.shape.length;
    const action = () => `permute ${formatType(x!)}`;
    checkOption(action, { order }, listOf(axisOfRank(rank), rank), ShapeError);
    if (new Set(order).size !== rank) {
      throw new ShapeError(
        `Cannot ${action()}: order must name each axis once: current is [${order.join(", ")}]`,
      );
    }
    return { dtype: x!.dtype, shape: order.map((axis) => x!.shape[axis]!) };
  },
  vjp: (g, { attrs: { order } }) => [permute(g, order.map((_, axis) => order.indexOf(axis)))],
  vmap: withAttrs(({ order }) => ({ order: [0, ...order.map((axis) => axis + 1)] })),
};

/** Reorders the axes: axis `i` of the result is axis `order[i]` of the input. */
export const permute: ((x: Node, order: readonly number[]) => Node) & Builder<PermuteAttrs> =
  defineBuilder(
    permuteOp,
    (x: Node, order: readonly number[]) => {
      const node = makeNode(permuteOp, [x], { order });
      return order.every((axis, i) => axis === i) ? x : node;
    },
  );

/** Exchanges the last two axes. */
export function transpose(x: Node): Node {
  const rank = x.type.shape.length;
  if (rank < 2) {
    throw new ShapeError(`Cannot transpose ${formatType(x.type)}: its rank must be at least 2`);
  }
  const axes = x.type.shape.map((_, axis) => axis);
  return permute(x, [...axes.slice(0, -2), rank - 1, rank - 2]);
}

/** Attributes of `slice`. */
export interface SliceAttrs {
  /** First position along each axis. */
  readonly starts: readonly number[];
  /** Number of elements along each axis. */
  readonly sizes: readonly number[];
  /** Distance between adjacent elements along each axis. */
  readonly steps: readonly number[];
}

const sliceOp: Op<SliceAttrs> = {
  name: "slice",
  lowering: moves(({ coords, attrs: { starts, steps }, read }) =>
    read(
      0,
      coords.map((coord, axis) => s.add(s.mul(coord, s.int(steps[axis]!)), s.int(starts[axis]!))),
    )
  ),
  infer: ([x], { starts, sizes, steps }) => {
    const action = `slice ${formatType(x!)}`;
    const rank = x!.shape.length;
    checkOption(action, { starts, sizes }, listOf(nonNegativeWhole, rank), ShapeError);
    checkOption(action, { steps }, listOf(positiveWhole, rank), ShapeError);
    steps.forEach((step) => checkPositions(action, { "a step": step }));
    const fits = x!.shape.every((size, axis) =>
      sizes[axis] === 0
        ? starts[axis]! <= size
        : starts[axis]! + (sizes[axis]! - 1) * steps[axis]! < size
    );
    if (!fits) {
      throw new ShapeError(
        `Cannot ${action}: starts, sizes, and steps must stay within bounds: current are [${
          starts.join(", ")
        }], [${sizes.join(", ")}], and [${steps.join(", ")}]`,
      );
    }
    return { dtype: x!.dtype, shape: sizes };
  },
  vjp: (g, { inputs: [x], attrs: { starts, sizes, steps } }) => {
    const { shape } = x!.type;
    const after = shape.map((size, axis) =>
      size - starts[axis]! - (sizes[axis] === 0 ? 0 : (sizes[axis]! - 1) * steps[axis]! + 1)
    );
    return [pad(g, starts, after, { interior: steps.map((step) => step - 1) })];
  },
  vmap: withAttrs(({ starts, sizes, steps }, size) => ({
    starts: [0, ...starts],
    sizes: [size, ...sizes],
    steps: [1, ...steps],
  })),
};

/** Takes `sizes` elements along each axis, starting at `starts`, with a step of `steps`. */
export const slice:
  & ((
    x: Node,
    starts: readonly number[],
    sizes: readonly number[],
    steps?: readonly number[],
  ) => Node)
  & Builder<SliceAttrs> = defineBuilder(
    sliceOp,
    (
      x: Node,
      starts: readonly number[],
      sizes: readonly number[],
      steps: readonly number[] = x.type.shape.map(() => 1),
    ) => makeNode(sliceOp, [x], { starts, sizes, steps }),
  );

/** Attributes of `pad`. */
export interface PadAttrs {
  /** Number of elements added at the start of each axis. */
  readonly before: readonly number[];
  /** Number of elements added at the end of each axis. */
  readonly after: readonly number[];
  /** Number of elements inserted between adjacent elements along each axis. */
  readonly interior: readonly number[];
  /** The padding value. */
  readonly value: number;
}

function paddedSize(size: number, axis: number, { before, after, interior }: PadAttrs): number {
  return before[axis]! + after[axis]! + size + Math.max(0, size - 1) * interior[axis]!;
}

const padOp: Op<PadAttrs> = {
  name: "pad",
  lowering: moves(({ coords, attrs: { before, interior, value }, inputs: [x], type, read }) => {
    let inside: Scalar = s.const(1, "bool");
    const positions = coords.map((coord, axis) => {
      const step = s.int(interior[axis]! + 1);
      const offset = s.sub(coord, s.int(before[axis]!));
      const last = s.int(x!.shape[axis]! - 1);
      inside = s.and(inside, s.and(s.le(s.int(0), offset), s.le(offset, s.mul(last, step))));
      if (interior[axis]! > 0) inside = s.and(inside, s.eq(s.rem(offset, step), s.int(0)));
      return s.max(s.min(s.div(offset, step), last), s.int(0));
    });
    return s.select(inside, read(0, positions), s.const(value, scalarTypeOf(type.dtype)));
  }),
  infer: ([x], attrs) => {
    const { before, after, interior, value } = attrs;
    const action = `pad ${formatType(x!)}`;
    const amounts = listOf(nonNegativeWhole, x!.shape.length);
    checkOption(action, { before, after, interior }, amounts, ShapeError);
    interior.forEach((amount) => checkPositions(action, { "interior padding": amount }));
    checkOption(action, { value }, literalOf(x!.dtype), DTypeError);
    return { dtype: x!.dtype, shape: x!.shape.map((size, axis) => paddedSize(size, axis, attrs)) };
  },
  vjp: (g, { inputs: [x], attrs: { before, interior } }) => [
    slice(g, before, x!.type.shape, interior.map((amount) => amount + 1)),
  ],
  vmap: withAttrs(({ before, after, interior, value }) => ({
    before: [0, ...before],
    after: [0, ...after],
    interior: [0, ...interior],
    value,
  })),
};

/** Options for `pad`. */
export interface PadOptions {
  /** Number of elements inserted between adjacent elements along each axis. Default: none. */
  readonly interior?: readonly number[];
  /** The padding value. Default: 0. */
  readonly value?: number;
}

const padRules: OptionRules<PadOptions> = {
  interior: optional(anything),
  value: optional(anything),
};

/** Pads x with `before` and `after` elements at the start and end of each axis. */
export const pad:
  & ((
    x: Node,
    before: readonly number[],
    after: readonly number[],
    options?: PadOptions,
  ) => Node)
  & Builder<PadAttrs> = defineBuilder(
    padOp,
    (
      x: Node,
      before: readonly number[],
      after: readonly number[],
      options: PadOptions = {},
    ) => {
      checkOptions(`pad ${formatType(x.type)}`, options, padRules);
      const { interior = x.type.shape.map(() => 0), value = 0 } = options;
      const node = makeNode(padOp, [x], { before, after, interior, value });
      return [...before, ...after, ...interior].every((amount) => amount === 0) ? x : node;
    },
  );

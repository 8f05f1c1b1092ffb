import { moves } from "../element.ts";
import { axisOfRank, checkOption, nonNegativeWhole, wholeIn } from "../check_value.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import type { ScatterKernel } from "../kernel.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { s, type Scalar, scalarTypeOf } from "../scalar/mod.ts";
import { elementCount, formatType, type TensorType } from "../types.ts";
import {
  equal,
  fullLike,
  greaterEqual,
  less,
  logicalAnd,
  maximum,
  minimum,
  select,
} from "./arithmetic.ts";
import { broadcastTo, reshape } from "./broadcast.ts";
import { cast } from "./functions.ts";
import { iota } from "./source.ts";
import { gatherEach, scatterEach } from "./_gather_vmap.ts";
import { permute } from "./views.ts";

/** Attributes of `gather`. */
export interface GatherAttrs {
  /** The axis to gather along. */
  readonly axis: number;
}

/** The signature of `gather`. */
export type GatherFunction = (x: Node, indices: Node, axis?: number) => Node;
/** The builder of `gather` nodes. */
export type GatherBuilder = GatherFunction & Builder<GatherAttrs>;

const gatherOp: Op<GatherAttrs> = {
  name: "gather",
  lowering: moves(({ coords, attrs: { axis }, inputs: [x, indices], read }) => {
    const rank = indices!.shape.length;
    const index = read(1, coords.slice(axis, axis + rank));
    const inside = clampScalar(index, x!.shape[axis]!);
    return read(0, [...coords.slice(0, axis), inside, ...coords.slice(axis + rank)]);
  }),
  infer: ([x, indices], { axis }) => {
    const what = `Cannot gather from ${formatType(x!)} along axis ${axis}`;
    if (indices!.dtype !== "i32") {
      throw new DTypeError(`${what}: indices must be i32: current type is ${formatType(indices!)}`);
    }
    const action = () => `gather from ${formatType(x!)}`;
    checkOption(action, { axis }, axisOfRank(x!.shape.length), ShapeError);
    if (x!.shape[axis] === 0 && elementCount(indices!.shape) > 0) {
      throw new ShapeError(`${what}: indices must be empty, because an axis has size 0`);
    }
    return { dtype: x!.dtype, shape: x!.shape.toSpliced(axis, 1, ...indices!.shape) };
  },
  vjp: (g, { inputs: [x, indices], attrs: { axis } }) => {
    const size = x!.type.shape[axis]!;
    return [scatterSum(g, clampNode(indices!, size), axis, size), null];
  },
  vmap: (context) => gatherEach(context, gather),
};

/** Clamps an index to an axis of this size. */
export function clampScalar(index: Scalar, size: number): Scalar {
  return s.max(s.min(index, s.int(size - 1)), s.int(0));
}

/** Clamps indices to an axis of this size. */
export function clampNode(indices: Node, size: number): Node {
  return maximum(minimum(indices, fullLike(indices, size - 1)), fullLike(indices, 0));
}

/**
 * The elements of x at `indices` (i32) along an axis. The axes of `indices` replace that axis.
 * Out-of-range indices are clamped.
 */
export const gather: GatherBuilder = defineBuilder<GatherAttrs, GatherFunction>(
  gatherOp,
  (x, indices, axis = 0) => makeNode(gatherOp, [x, indices], { axis }),
);

/** Attributes of `scatterSum` and `scatterMax`. */
export interface ScatterAttrs {
  /** Number of rows of the result. */
  readonly size: number;
}

/** The signature of `scatterSum` and `scatterMax`. */
export type ScatterFunction = (g: Node, indices: Node, axis: number, size: number) => Node;
/** The builders of `scatterSum` and `scatterMax` nodes. */
export type ScatterBuilder = ScatterFunction & Builder<ScatterAttrs>;

/** Combines rows of a matrix [n, c] by their indices (i32 [n]): [size, c]. */
function scatterOp(
  name: string,
  combine: ScatterKernel["combine"],
  { dtypes, vjp }: Pick<Op<ScatterAttrs>, "vjp"> & { readonly dtypes: readonly string[] },
): Op<ScatterAttrs> {
  return {
    name,
    lowering: {
      kind: "kernel",
      reads: "rowMajor",
      kernel: ({ type: { dtype, shape }, inputs, operands: [source, indices], label, stores }) => ({
        kind: "scatter",
        label,
        combine,
        type: scalarTypeOf(dtype),
        rows: shape[0]!,
        columns: shape[1]!,
        terms: inputs[1]!.shape[0]!,
        source: source!.slot,
        indices: indices!.slot,
        stores,
      }),
    },
    infer: ([g, indices], { size }) => {
      checkScatter(name, dtypes, [g!, indices!]);
      return { dtype: g!.dtype, shape: [size, g!.shape[1]!] };
    },
    ...(vjp && { vjp }),
    vmap: scatterEach,
  };
}

function checkScatter(
  name: string,
  dtypes: readonly string[],
  [g, indices]: readonly [TensorType, TensorType],
): void {
  const what = `Cannot apply ${name} to ${formatType(g)} and ${formatType(indices)}`;
  if (!dtypes.includes(g.dtype)) {
    throw new DTypeError(`${what}: elements must be ${dtypes.join(", ")}`);
  }
  if (indices.dtype !== "i32") throw new DTypeError(`${what}: indices must be i32`);
  if (g.shape.length !== 2 || indices.shape.length !== 1 || g.shape[0] !== indices.shape[0]) {
    throw new ShapeError(`${what}: there must be one index for each row of a matrix`);
  }
}

const scatterSumOp: Op<ScatterAttrs> = scatterOp("scatterSum", "sum", {
  dtypes: ["f32", "i32", "u32"],
  vjp: (g, { inputs: [, indices], attrs: { size } }) => {
    const rows = gather(g, indices!); // clamped where an index is out of range
    const isRow = logicalAnd(
      greaterEqual(indices!, fullLike(indices!, 0)),
      less(indices!, fullLike(indices!, size)),
    );
    const column = reshape(isRow, [...indices!.type.shape, 1]);
    return [select(broadcastTo(column, rows.type.shape), rows, fullLike(rows, 0)), null];
  },
});

const scatterMaxOp: Op<ScatterAttrs> = scatterOp("scatterMax", "max", { dtypes: ["i32"] });

/**
 * Scatters along one axis. The matrix has a row for each index; its columns are the positions
 * along the axes that are not indexed.
 */
function scatterBuilder(op: Op<ScatterAttrs>): ScatterBuilder {
  return defineBuilder<ScatterAttrs, ScatterFunction>(op, (g, indices, axis, size) => {
    const { shape } = g.type;
    const rank = indices.type.shape.length;
    const action = () => `add up ${formatType(g.type)} at indices`;
    checkOption(action, { axis }, wholeIn(0, shape.length - rank), ShapeError);
    checkOption(action, { size }, nonNegativeWhole, ShapeError);
    const places = shape.map((_, i) => i);
    const indexed = places.slice(axis, axis + rank);
    const [before, after] = [places.slice(0, axis), places.slice(axis + rank)];
    const count = elementCount(indices.type.shape);
    if (shape.length === 2 && rank === 1 && axis === 0) return makeNode(op, [g, indices], { size });
    const others = [...before, ...after].map((i) => shape[i]!);
    const rows = permute(g, [...indexed, ...before, ...after]);
    const matrix = reshape(rows, [count, elementCount(others)]);
    const sums = makeNode(op, [matrix, reshape(indices, [count])], { size });
    const back = [...before.map((i) => i + 1), 0, ...after.map((_, i) => axis + 1 + i)];
    return permute(reshape(sums, [size, ...others]), back);
  });
}

/**
 * Adds up elements of g at their indices along `axis`: the transpose of `gather`. The axes of
 * `indices` (i32) are those of g from `axis` on, and are replaced by one of the given size. The order
 * of additions is that of the indices, on every device. Elements with out-of-range indices are
 * dropped.
 *
 *     result[b…, v, a…] = Σ_p g[b…, p…, a…]  over all p with indices[p…] = v
 */
export const scatterSum: ScatterBuilder = scatterBuilder(scatterSumOp);

/** Like `scatterSum`, but the largest element (i32), or 0 if none is positive. */
export const scatterMax: ScatterBuilder = scatterBuilder(scatterMaxOp);

/** f32 [indices…, classes]: 1 where the last position is the index, else 0. */
export function oneHot(indices: Node, classes: number): Node {
  checkOption("make one-hot vectors", { classes }, nonNegativeWhole);
  const shape = [...indices.type.shape, classes];
  const wanted = broadcastTo(reshape(indices, [...indices.type.shape, 1]), shape);
  return cast(equal(wanted, iota(shape, shape.length - 1)), "f32");
}

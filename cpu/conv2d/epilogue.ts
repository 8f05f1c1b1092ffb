/** Emits the epilogue of a convolution: the stores for blocks of finished sums. */
import type { Conv2dKernel } from "../../graph/kernel.ts";
import type { Shape } from "../../graph/types.ts";
import type { KernelContext } from "../kernel_context.ts";
import { type Epilogue, EpilogueStores } from "../loops/epilogue.ts";
import type { LaneEmitter } from "../loops/lane_emitter.ts";
import { emitLoop } from "../loops/loop.ts";
import { axisCoefficients } from "../loops/nest.ts";
import type { Position } from "../loops/scopes.ts";
import { ValueTable } from "../loops/value.ts";
import type { WideLoop } from "../loops/wide_form.ts";
import type { NativeProgram } from "../native/native_program.ts";
import type { FunctionBuilder, Local, Operand } from "../wasm/function_builder.ts";

/** A range of positions along one axis of the result, and the stride of their sums. */
export interface FinishedRange {
  readonly from: Operand;
  readonly to: Operand;
  /** Bytes between the sums of adjacent positions. */
  readonly sumBytes: number;
}

/** A block of finished sums. */
interface FinishedSums {
  /** Address of the first sum. */
  readonly sums: Local;
  /** One range per axis of the result. The sums along the last axis are contiguous. */
  readonly ranges: readonly [FinishedRange, FinishedRange, FinishedRange, FinishedRange];
  /** The preferred loop order of the axes before the last, outermost first. */
  readonly order: readonly number[];
  /** The function's extra parameters: as many as the epilogue has. */
  readonly params: readonly Local[];
}

/** Processes the elements of a convolution's result. */
export type Conv2dEpilogue = Epilogue<FinishedSums>;

/** What an emitter of convolutions needs beside its plan. */
export interface Conv2dOptions {
  readonly epilogue: Conv2dEpilogue;
  /** Whether to use the fused multiply-add of relaxed SIMD. */
  readonly relaxed: boolean;
  /** The program's native tiles; `undefined` to generate WebAssembly alone. */
  readonly native?: NativeProgram | undefined;
}

const LAST = 3;

/** Number of trailing axes, at least 1, that the stores only use through their row-major index. */
export function flatAxes({ stores }: Conv2dKernel, shape: Shape): number {
  const table = new ValueTable((axis) => ({ axis, size: shape[axis]! }));
  const forms = axisCoefficients(
    stores.flatMap(({ index, value }) => [table.of(index), table.of(value)]),
  );
  let count = 1;
  let size = shape[LAST]!;
  for (let axis = LAST - 1; axis >= 0; axis--) {
    const flat = forms.every((form) =>
      shape[axis] === 1 || (form.get(axis) ?? 0) === stepOfLast(form, shape, axis + 1) * size
    );
    if (!flat) return count;
    size *= shape[axis]!;
    count++;
  }
  return count;
}

/** How much a form grows per step of the row-major index of the axes from `first` on. */
function stepOfLast(form: ReadonlyMap<number, number>, shape: Shape, first: number): number {
  let size = 1;
  for (let axis = LAST; axis >= first; axis--) {
    if (shape[axis] !== 1) return (form.get(axis) ?? 0) / size;
    size *= shape[axis]!;
  }
  return 0;
}

/** The axes of a convolution's result. The last `flat` ones are merged into one. */
export interface ResultAxes {
  readonly shape: Shape;
  readonly flat: number;
}

/** The stores of a convolution in terms of the result's axes. */
export function conv2dStores({ stores }: Conv2dKernel, axes: ResultAxes): EpilogueStores {
  const { shape, flat } = axes;
  return new EpilogueStores(stores, (axis) => {
    if (axis < 4 - flat) return { axis, size: shape[axis]! };
    return axis === LAST ? { axis, size: flatSize(axes) } : undefined;
  });
}

function flatSize({ shape, flat }: ResultAxes): number {
  return shape.slice(4 - flat).reduce((product, size) => product * size, 1);
}

/** The epilogue. Its parameters are the addresses of its slots. */
export function conv2dEpilogue(
  stores: EpilogueStores,
  axes: ResultAxes,
  context: KernelContext,
): Conv2dEpilogue {
  return {
    paramCount: stores.slots.length,
    emit: (f, finished) => {
      const e = stores.lanes(f, { axis: LAST, params: finished.params }, context);
      emitBlock(e, stores, { ...finished, ...axes, context });
    },
  };
}

interface Block extends FinishedSums, ResultAxes {
  readonly context: KernelContext;
}

/**
 * Emits the loops over a block: scalar loops over the leading axes, vectors along the flat ones. In
 * native code, the innermost of the leading axes is a part of the call.
 */
function emitBlock(e: LaneEmitter, stores: EpilogueStores, block: Block): void {
  const { f } = e;
  const work = { values: [], stores: stores.stores };
  const axes = block.order.filter((axis) => axis < 4 - block.flat);
  const wide = wideBlock(stores, axes.at(-1), block);
  const nested = (depth: number, sum: Local): void => {
    const axis = axes[depth];
    if (wide && depth >= axes.length - 1) {
      emitWideRows(e, wide, { block, row: axis, sums: sum });
      return;
    }
    if (axis === undefined) {
      emitRow(e, stores, block, sum);
      return;
    }
    const { from, to, sumBytes } = block.ranges[axis]!;
    const [line, start] = f.locals("i32", 2);
    f.get(sum).set(line);
    emitLoop(e, { axis, start: from, end: to }, { work, boundCopies: 1, step: 1 }, () => {
      f.get(line).set(start);
      nested(depth + 1, start);
      f.advance(line, sumBytes);
    });
  };
  e.scopes.within(new Map(), new Map(), () => nested(0, block.sums));
}

/** The stores as native loops along one leading axis and the flat ones, if they have that form. */
function wideBlock(
  stores: EpilogueStores,
  row: number | undefined,
  { context, ranges }: Block,
): WideLoop | undefined {
  const sumsRowBytes = row === undefined ? 0 : ranges[row]!.sumBytes;
  return stores.wide({ axis: LAST, row, sumsRowBytes }, context);
}

/** Emits the call of native loops along one leading axis and the flat ones. */
function emitWideRows(
  e: LaneEmitter,
  wide: WideLoop,
  { block, row, sums }: { block: Block; row: number | undefined; sums: Local },
): void {
  const { f } = e;
  const { wide: kernels } = block.context;
  if (!kernels) throw new Error("Internal: wide loops need native code");
  const { start, end } = flatRange(f, block);
  const [count, rows] = f.locals("i32", 2);
  f.push(end).push(start).op("i32.sub").set(count);
  const places = new Map<number, Position>([[LAST, start]]);
  if (row !== undefined) {
    const { from, to } = block.ranges[row]!;
    f.push(to).push(from).op("i32.sub").set(rows);
    places.set(row, from);
  }
  const call = { start: places, count, sums, ...(row !== undefined && { rows }) };
  kernels.emitCall(e, wide, call);
}

/** Emits one row: the block's part of the first flat axis, times all the others. */
function emitRow(e: LaneEmitter, stores: EpilogueStores, block: Block, sum: Local): void {
  const result = e.f.local("v128");
  const range = { axis: LAST, size: flatSize(block), ...flatRange(e.f, block) };
  stores.emitRow(e, { sum, result }, range);
}

/** The block's range of the flat axes. */
function flatRange(f: FunctionBuilder, block: Block): { start: Operand; end: Operand } {
  const first = 4 - block.flat;
  const { from, to } = block.ranges[first]!;
  const factor = flatSize(block) / block.shape[first]!;
  return { start: scaled(f, from, factor), end: scaled(f, to, factor) };
}

function scaled(f: FunctionBuilder, operand: Operand, factor: number): Operand {
  if (typeof operand === "number") return operand * factor;
  if (factor === 1) return operand;
  const product = f.local("i32");
  f.get(operand).i32(factor).op("i32.mul").set(product);
  return product;
}

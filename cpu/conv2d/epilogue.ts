/** Emits the epilogue of a convolution: the stores for blocks of finished sums. */
import type { Conv2dKernel } from "../../graph/kernel.ts";
import type { Shape } from "../../graph/types.ts";
import type { Conv2dEpilogue, FinishedSums } from "./finished.ts";
import { LaneEmitter, type SlotType } from "../loops/lane_emitter.ts";
import { emitStores } from "../loops/lane_memory.ts";
import { emitLoop, emitVectorRange } from "../loops/loop.ts";
import { valuesUsedTwice } from "../loops/loop_kernel.ts";
import type { ValueStore } from "../loops/nest.ts";
import { linearForm, type Value, ValueTable, visitValues } from "../loops/value.ts";
import type { MathLibrary } from "../math/math_library.ts";
import type { FunctionBuilder, Local, Operand } from "../wasm/function_builder.ts";

const LAST = 3;

/** Number of trailing axes, at least 1, that the stores only use through their row-major index. */
export function flatAxes({ stores }: Conv2dKernel, shape: Shape): number {
  const table = new ValueTable((axis) => ({ axis, size: shape[axis]! }));
  const roots = stores.flatMap(({ index, value }) => [table.of(index), table.of(value)]);
  const used = new Set<Value>(roots);
  visitValues(roots, (value) => {
    if (value.kind === "load") used.add(value.index);
    if (value.kind === "apply") value.args.forEach((arg) => used.add(arg));
  });
  const forms = [...used].filter(({ type }) => type === "i32").map((value) =>
    new Map(
      linearForm(value).terms.flatMap(({ coefficient, atom }) =>
        atom.kind === "axis" ? [[atom.axis, coefficient] as const] : []
      ),
    )
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

/** Options for emitting the stores of a convolution. */
export interface EpilogueContext {
  readonly math: MathLibrary;
  readonly slotType: (slot: number) => SlotType;
}

/** The epilogue, and the slots whose addresses it takes as parameters. */
export interface PreparedEpilogue {
  readonly epilogue: Conv2dEpilogue;
  readonly slots: readonly number[];
}

/** Prepares the stores over the result's axes. The last `flat` axes are merged into one. */
export function prepareConv2dEpilogue(
  { stores }: Conv2dKernel,
  { shape, flat }: { shape: Shape; flat: number },
  { math, slotType }: EpilogueContext,
): PreparedEpilogue {
  const flatSize = shape.slice(4 - flat).reduce((product, size) => product * size, 1);
  const table = new ValueTable((axis) => {
    if (axis < 4 - flat) return { axis, size: shape[axis]! };
    return axis === LAST ? { axis, size: flatSize } : undefined;
  });
  const values = stores.map(({ slot, index, value }): ValueStore => ({
    slot,
    index: table.of(index),
    value: table.of(value),
  }));
  const roots = values.flatMap(({ index, value }) => [index, value]);
  const used = new Set(stores.map(({ slot }) => slot));
  visitValues(roots, (value) => void (value.kind === "load" && used.add(value.slot)));
  const slots = [...used];
  const emit = (f: FunctionBuilder, finished: FinishedSums): void => {
    const pointers = new Map(slots.map((slot, i) => [slot, finished.params[i]!]));
    const lanes = { axis: LAST, resultsVary: true };
    const shared = valuesUsedTwice(roots);
    const e = new LaneEmitter({ f, math, lanes, pointers, slotType, shared });
    emitSweep(e, values, { finished, flat, flatSize, shape });
  };
  return { epilogue: { params: slots.map(() => "i32"), emit }, slots };
}

interface Sweep {
  readonly finished: FinishedSums;
  readonly flat: number;
  readonly flatSize: number;
  readonly shape: Shape;
}

/**
 * Emits the loops over a block: scalar loops over the leading axes, vectors along the flat ones.
 */
function emitSweep(e: LaneEmitter, stores: readonly ValueStore[], sweep: Sweep): void {
  const { f } = e;
  const { finished: { sums, ranges, order }, flat } = sweep;
  const work = { values: [], stores };
  const options = { work, boundCopies: 1 };
  const axes = order.filter((axis) => axis < 4 - flat);
  const nested = (depth: number, sum: Local): void => {
    const axis = axes[depth];
    if (axis === undefined) {
      emitRow(e, stores, sweep, sum);
      return;
    }
    const { from, to, sumBytes } = ranges[axis]!;
    const [outer, inner] = [f.local("i32"), f.local("i32")];
    f.get(sum).set(outer);
    emitLoop(e, { axis, start: from, end: to }, { ...options, step: 1 }, () => {
      f.get(outer).set(inner);
      nested(depth + 1, inner);
      f.get(outer).i32(sumBytes).op("i32.add").set(outer);
    });
  };
  e.scopes.within(new Map(), new Map(), () => nested(0, sums));
}

/** Emits one row: the block's part of the first flat axis, times all the others. */
function emitRow(
  e: LaneEmitter,
  stores: readonly ValueStore[],
  { finished: { ranges }, flat, flatSize, shape }: Sweep,
  sum: Local,
): void {
  const { f } = e;
  const result = f.local("v128");
  const { from, to } = ranges[4 - flat]!;
  const factor = flatSize / shape[4 - flat]!;
  const [start, end] = [scaled(f, from, factor), scaled(f, to, factor)];
  const options = { copies: 1, work: { values: [], stores }, boundCopies: 1 };
  emitVectorRange(e, { axis: LAST, size: flatSize, start, end }, options, () => {
    f.get(sum).memory("v128.load").set(result);
    f.get(sum).i32(16).op("i32.add").set(sum);
    e.scopes.setResult(0, [result]);
    emitStores(e, stores);
  });
}

function scaled(f: FunctionBuilder, operand: Operand, factor: number): Operand {
  if (typeof operand === "number") return operand * factor;
  if (factor === 1) return operand;
  const product = f.local("i32");
  f.get(operand).i32(factor).op("i32.mul").set(product);
  return product;
}

/** Generates the function of a matmul kernel: batches, operands, and epilogue. */
import type { MatmulKernel, MatrixOperand } from "../../graph/kernel.ts";
import {
  emitMatmul,
  type FinishedBlock,
  type MatmulEpilogue,
  type MatrixStrides,
} from "./matmul.ts";
import { LaneEmitter, type SlotType } from "../loops/lane_emitter.ts";
import { emitStores } from "../loops/lane_memory.ts";
import { emitLoop, emitVectorRange } from "../loops/loop.ts";
import { loadPointers, valuesUsedTwice } from "../loops/loop_kernel.ts";
import type { ValueStore } from "../loops/nest.ts";
import { type Value, ValueTable, visitValues } from "../loops/value.ts";
import type { MathLibrary } from "../math/math_library.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type { FunctionBuilder, FunctionHandle, Local } from "../wasm/function_builder.ts";

/** A generated product. */
export interface CompiledMatmul {
  /** `(unitFrom, unitTo, table, scratch)`. */
  readonly handle: FunctionHandle;
  readonly unitCount: number;
  /** Ranges of units should be multiples of this. */
  readonly unitsPerPack: number;
  /** Approximate number of vector instructions of the whole product. */
  readonly cost: number;
  /** Bytes of scratch memory per thread. */
  readonly scratchByteLength: number;
}

/** The module and options for compiling a product. */
export interface MatmulContext {
  readonly module: ModuleBuilder;
  readonly math: MathLibrary;
  readonly slotType: (slot: number) => SlotType;
  /** Whether relaxed multiply-add may be used. */
  readonly fused: boolean;
  /** Number of this product within the module. */
  readonly ordinal: number;
}

/** The stores of a product over the axes batch…, row, column. */
interface Epilogue {
  readonly stores: readonly ValueStore[];
  readonly slots: readonly number[];
  readonly shared: ReadonlySet<Value>;
}

/** Adds the product's functions to the module. */
export function compileMatmul(kernel: MatmulKernel, context: MatmulContext): CompiledMatmul {
  const { module, fused } = context;
  const { m, n, k, a, b, label, batch } = kernel;
  const count = batch.reduce((total, size) => total * size, 1);
  const params = ["i32", "i32", "i32", "i32"] as const;
  if (count * m * n === 0) {
    const handle = module.function(label, { params }, () => {});
    return { handle, unitCount: 0, unitsPerPack: 1, cost: 0, scratchByteLength: 0 };
  }
  const epilogue = prepareEpilogue(kernel);
  const product = emitMatmul(module, {
    name: `product ${context.ordinal}: ${label}`,
    spec: { m, n, k, a: matrixStrides(a, [m, k]), b: matrixStrides(b, [k, n]), relaxed: fused },
    epilogue: emitterOf(kernel, epilogue, context),
  });
  const handle = module.function(label, { params }, (f, from, to, table, scratch) => {
    if (!from || !to || !table || !scratch) throw new Error("Internal: four parameters");
    const pointers = loadPointers(f, table, new Set([...epilogue.slots, a.slot, b.slot]));
    const call: BatchCall = { kernel, epilogue, product, pointers, scratch };
    emitBatches(f, call, { from, to });
  });
  return {
    handle,
    unitCount: product.unitCount * count,
    unitsPerPack: product.unitsPerPack,
    cost: Math.ceil(count * m * n * k / 4 * 1.3),
    scratchByteLength: product.scratchByteLength,
  };
}

/**
 * The stride of an axis. An axis of size 1 counts as stride 1, because its stride does not matter.
 */
function matrixStrides(
  { rowStride, columnStride }: MatrixOperand,
  [rows, columns]: readonly [number, number],
): MatrixStrides {
  if (rowStride === 1 || columnStride === 1) return { rowStride, colStride: columnStride };
  return {
    rowStride: rows === 1 ? 1 : rowStride,
    colStride: columns === 1 ? 1 : columnStride,
  };
}

function prepareEpilogue({ batch, m, n, stores }: MatmulKernel): Epilogue {
  const sizes = [...batch, m, n];
  const table = new ValueTable((axis) => ({ axis, size: sizes[axis]! }));
  const values = stores.map(({ slot, index, value }) => ({
    slot,
    index: table.of(index),
    value: table.of(value),
  }));
  const roots = values.flatMap(({ index, value }) => [index, value]);
  const slots = new Set(stores.map(({ slot }) => slot));
  visitValues(roots, (value) => void (value.kind === "load" && slots.add(value.slot)));
  return { stores: values, slots: [...slots], shared: valuesUsedTwice(roots) };
}

/**
 * Prepares the epilogue. Its parameters are the addresses of its slots, then the batch position.
 */
function emitterOf(
  { batch, n }: MatmulKernel,
  { stores, slots, shared }: Epilogue,
  { math, slotType }: MatmulContext,
): MatmulEpilogue {
  const [row, column] = [batch.length, batch.length + 1];
  return {
    params: [...slots, ...batch].map(() => "i32" as const),
    emit: (f, finished) => {
      const pointers = new Map(slots.map((slot, i) => [slot, finished.params[i]!]));
      const lanes = { axis: column, resultsVary: true };
      const e = new LaneEmitter({ f, math, lanes, pointers, slotType, shared });
      const positions = batch.map((_, i) => [i, finished.params[slots.length + i]!] as const);
      e.scopes.within(new Map(positions), new Map(), () => {
        emitSweep(e, stores, { finished, row, column, columns: n });
      });
    },
  };
}

interface Sweep {
  readonly finished: FinishedBlock;
  /** The axes, and the size of the last one. */
  readonly row: number;
  readonly column: number;
  readonly columns: number;
}

/** Emits the epilogue of a block, row by row. */
function emitSweep(e: LaneEmitter, stores: readonly ValueStore[], sweep: Sweep): void {
  const { f } = e;
  const { finished, row, column, columns } = sweep;
  const [line, sum, result] = [f.local("i32"), f.local("i32"), f.local("v128")];
  const options = { work: { values: [], stores }, boundCopies: 1 };
  const rows = { axis: row, start: finished.rowFrom, end: finished.rowTo };
  const along = { axis: column, size: columns, start: finished.columnFrom, end: finished.columnTo };
  f.get(finished.sums).set(line);
  emitLoop(e, rows, { ...options, step: 1 }, () => {
    f.get(line).set(sum);
    emitVectorRange(e, along, { ...options, copies: 1 }, () => {
      f.get(sum).memory("v128.load").set(result);
      f.get(sum).i32(16).op("i32.add").set(sum);
      e.scopes.setResult(0, [result]);
      emitStores(e, stores);
    });
    f.get(line).i32(finished.sumsRowBytes).op("i32.add").set(line);
  });
}

interface BatchCall {
  readonly kernel: MatmulKernel;
  readonly epilogue: Epilogue;
  readonly product: { readonly handle: FunctionHandle; readonly unitCount: number };
  readonly pointers: ReadonlyMap<number, Local>;
  readonly scratch: Local;
}

/** Emits the loop over units, which are numbered batch by batch. */
function emitBatches(
  f: FunctionBuilder,
  call: BatchCall,
  { from, to }: { from: Local; to: Local },
): void {
  const { batch } = call.kernel;
  const units = call.product.unitCount;
  if (batch.every((size) => size === 1)) {
    const zero = f.local("i32");
    emitCall(f, call, { from, to, positions: batch.map(() => zero) });
    return;
  }
  const [start, end, rest] = [f.local("i32"), f.local("i32"), f.local("i32")];
  const [index, last] = [f.local("i32"), f.local("i32")];
  const positions = batch.map(() => f.local("i32"));
  f.get(from).i32(units).op("i32.div_u").set(index);
  f.get(to).i32(units - 1).op("i32.add").i32(units).op("i32.div_u").set(last);
  f.for(index, index, last, 1, () => {
    const clamped = (bound: Local, limit: number, op: "i32.gt_s" | "i32.lt_s", into: Local) => {
      f.get(bound, index).i32(units).op("i32.mul", "i32.sub").tee(into).i32(limit);
      f.get(into).i32(limit).op(op, "select").set(into);
    };
    clamped(from, 0, "i32.gt_s", start);
    clamped(to, units, "i32.lt_s", end);
    f.get(index).set(rest);
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      f.get(rest).i32(batch[axis]!).op("i32.rem_u").set(positions[axis]!);
      f.get(rest).i32(batch[axis]!).op("i32.div_u").set(rest);
    }
    emitCall(f, call, { from: start, to: end, positions });
  });
}

function emitCall(
  f: FunctionBuilder,
  { kernel, epilogue, product, pointers, scratch }: BatchCall,
  { from, to, positions }: { from: Local; to: Local; positions: readonly Local[] },
): void {
  for (const operand of [kernel.a, kernel.b]) {
    f.get(pointers.get(operand.slot)!).i32(4 * operand.offset).op("i32.add");
    operand.batchStrides.forEach((stride, axis) => {
      if (stride !== 0) f.get(positions[axis]!).i32(4 * stride).op("i32.mul", "i32.add");
    });
  }
  f.get(scratch, from, to);
  for (const slot of epilogue.slots) f.get(pointers.get(slot)!);
  f.get(...positions).call(product.handle);
}

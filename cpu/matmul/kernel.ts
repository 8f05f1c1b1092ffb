/** Generates the function of a matmul kernel: a product for each position of the batch. */
import type { MatmulKernel, MatrixOperand } from "../../graph/kernel.ts";
import { matmulAsLoop } from "../../graph/kernels/matmul_loop.ts";
import type { CompiledKernel } from "../compiled_kernel.ts";
import type { KernelContext } from "../kernel_context.ts";
import { compileLoop, loadPointers } from "../loops/loop_kernel.ts";
import type { FunctionBuilder, FunctionHandle, Local } from "../wasm/function_builder.ts";
import { matmulEpilogue, matmulStores } from "./epilogue.ts";
import { emitMatmul } from "./matmul.ts";
import type { MatrixStrides } from "./tiling.ts";

/** Adds the functions of a product to the module. Its loop form computes sums of no terms. */
export function compileMatmul(kernel: MatmulKernel, context: KernelContext): CompiledKernel {
  const { module, fused } = context;
  const { m, n, k, a, b, label, batch } = kernel;
  const count = batch.reduce((total, size) => total * size, 1);
  const params = ["i32", "i32", "i32", "i32"] as const;
  if (k === 0) return compileLoop(matmulAsLoop(kernel), context);
  if (count * m * n === 0) {
    const handle = module.function(label, { params }, () => {});
    return { handle, unitCount: 0, unitsPerPack: 1, cost: 0, scratchByteLength: 0 };
  }
  const stores = matmulStores(kernel);
  const product = emitMatmul(module, {
    name: `product of ${label}`,
    spec: { m, n, k, a: matrixStrides(a, [m, k]), b: matrixStrides(b, [k, n]), relaxed: fused },
    epilogue: matmulEpilogue(kernel, stores, context),
    native: context.strips,
  });
  const handle = module.function(label, { params }, (f, from, to, table, scratch) => {
    const pointers = loadPointers(f, table, new Set([...stores.slots, a.slot, b.slot]));
    emitBatches(f, { kernel, slots: stores.slots, product, pointers, scratch }, { from, to });
  });
  return {
    handle,
    unitCount: product.unitCount * count,
    unitsPerPack: product.unitsPerPack,
    cost: Math.ceil(count * m * n * k / (context.strips?.lanes ?? 4) * 1.3),
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

interface BatchCall {
  readonly kernel: MatmulKernel;
  /** The slots whose addresses the product's epilogue takes. */
  readonly slots: readonly number[];
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
  const [start, end, rest, index, last] = f.locals("i32", 5);
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
  { kernel, slots, product, pointers, scratch }: BatchCall,
  { from, to, positions }: { from: Local; to: Local; positions: readonly Local[] },
): void {
  for (const operand of [kernel.a, kernel.b]) {
    f.get(pointers.get(operand.slot)!).i32(4 * operand.offset).op("i32.add");
    operand.batchStrides.forEach((stride, axis) => {
      if (stride !== 0) f.get(positions[axis]!).i32(4 * stride).op("i32.mul", "i32.add");
    });
  }
  f.get(scratch, from, to);
  for (const slot of slots) f.get(pointers.get(slot)!);
  f.get(...positions).call(product.handle);
}

/** Generates the function of a convolution kernel. */
import { type Conv2dKernel, type Conv2dSizes, conv2dSpace } from "../../graph/kernel.ts";
import { conv2dAsLoop } from "../../graph/kernels/conv2d_loop.ts";
import type { CompiledKernel, Workload } from "../compiled_kernel.ts";
import type { KernelContext } from "../kernel_context.ts";
import type { EpilogueStores, UnitParams } from "../loops/epilogue.ts";
import { compileLoop, loadPointers } from "../loops/loop_kernel.ts";
import type { FunctionBuilder } from "../wasm/function_builder.ts";
import {
  DepthwiseGradientEmitter,
  isDepthwise,
  planDepthwiseGradient,
} from "./depthwise_gradient.ts";
import { conv2dEpilogue, conv2dStores, flatAxes, type ResultAxes } from "./epilogue.ts";
import { GatherEmitter, planGather } from "./gather.ts";
import { flattened, forwardGather, inputGradientGather, isPointwise } from "./geometry.ts";
import { planWeightGradient, WeightGradientEmitter } from "./weight_gradient.ts";

/** Adds the function of a convolution to the module. Its loop form computes sums of no terms. */
export function compileConv2d(kernel: Conv2dKernel, context: KernelContext): CompiledKernel {
  if (productCount(kernel) === 0) return compileLoop(conv2dAsLoop(kernel), context);
  const shape = conv2dSpace(kernel);
  const axes = { shape, flat: flatAxes(kernel, shape) };
  const { stores, workload, lanes, emit } = kernel.role === "weightGradient"
    ? planScattered(kernel, axes, context)
    : planGathered(kernel, axes, context);
  const { label, a, b } = kernel;
  const params = ["i32", "i32", "i32", "i32"] as const;
  const handle = context.module.function(label, { params }, (f, from, to, table, scratch) => {
    const pointers = loadPointers(f, table, new Set([...stores.slots, a, b]));
    const extra = stores.slots.map((slot) => pointers.get(slot)!);
    const operands = { a: pointers.get(a)!, b: pointers.get(b)! };
    emit(f, { ...operands, scratch, unitFrom: from, unitTo: to, extra });
  });
  const { unitCount, unitsPerPack, scratchByteLength } = workload;
  const cost = Math.ceil(productCount(kernel) / lanes * 1.5);
  return { handle, cost, unitCount, unitsPerPack, scratchByteLength };
}

/** Number of multiplications of a convolution, ignoring padding. */
function productCount({ sizes }: Pick<Conv2dKernel, "sizes">): number {
  const { n, c, o, groups, kernelHeight, kernelWidth, outHeight, outWidth } = sizes;
  return n * o * (c / groups) * kernelHeight * kernelWidth * outHeight * outWidth;
}

/** Longest row of pixels. A longer one would occupy too much of the L1 cache. */
const LONG_ROW = 256;

/**
 * Whether to treat each image of a pointwise convolution as one row of pixels, which has fewer
 * tails.
 */
function isRowOfPixels(sizes: Conv2dSizes): boolean {
  return isPointwise(sizes) && (sizes.w % 4 !== 0 || sizes.h * sizes.w <= LONG_ROW);
}

/** A convolution ready to be emitted. */
interface PlannedConv2d {
  readonly stores: EpilogueStores;
  readonly workload: Workload;
  /** Number of lanes in its vectors. */
  readonly lanes: number;
  readonly emit: (f: FunctionBuilder, params: UnitParams) => void;
}

function planGathered(
  kernel: Conv2dKernel,
  { shape, flat }: ResultAxes,
  context: KernelContext,
): PlannedConv2d {
  const asRow = flat >= 2 && isRowOfPixels(kernel.sizes);
  const sizes = asRow ? flattened(kernel.sizes) : kernel.sizes;
  const gather = kernel.role === "forward" ? forwardGather(sizes) : inputGradientGather(sizes);
  const { native, fused: relaxed } = context;
  const plan = planGather(gather, { guard: context.module.guard, lanes: native?.lanes });
  const rowIsWhole = !plan.tiling.native &&
    gather.resultSize[1] % (4 * gather.resultStep[1]) === 0;
  const axes = {
    shape: asRow ? [...shape.slice(0, 2), ...gather.resultSize] : shape,
    flat: Math.min(flat, asRow || rowIsWhole ? 2 : 1),
  };
  const stores = conv2dStores(kernel, axes);
  const options = { epilogue: conv2dEpilogue(stores, axes, context), relaxed, native };
  return {
    stores,
    workload: plan,
    lanes: plan.tiling.native?.lanes ?? 4,
    emit: (f, params) => new GatherEmitter(f, plan, options, params).emit(),
  };
}

function planScattered(
  kernel: Conv2dKernel,
  { shape, flat }: ResultAxes,
  context: KernelContext,
): PlannedConv2d {
  const axes = { shape, flat: flat >= 3 ? 3 : 1 };
  const stores = conv2dStores(kernel, axes);
  const sizes = isRowOfPixels(kernel.sizes) ? flattened(kernel.sizes) : kernel.sizes;
  const { native, fused: relaxed } = context;
  const options = { epilogue: conv2dEpilogue(stores, axes, context), relaxed, native };
  const { guard } = context.module;
  if (isDepthwise(sizes)) {
    const plan = planDepthwiseGradient(sizes, guard);
    return {
      stores,
      workload: plan,
      lanes: 4,
      emit: (f, params) => new DepthwiseGradientEmitter(f, plan, options, params).emit(),
    };
  }
  const plan = planWeightGradient(sizes, { guard, lanes: native?.lanes });
  return {
    stores,
    workload: plan,
    lanes: plan.tiling.native ?? 4,
    emit: (f, params) => new WeightGradientEmitter(f, plan, options, params).emit(),
  };
}

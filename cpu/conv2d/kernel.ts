/** Generates the function of a convolution kernel. */
import { type Conv2dKernel, type Conv2dSizes, conv2dSpace } from "../../graph/kernel.ts";
import type { Shape } from "../../graph/types.ts";
import { type EpilogueContext, flatAxes, prepareConv2dEpilogue } from "./epilogue.ts";
import { emitDepthwiseGradient, isDepthwise, planDepthwiseGradient } from "./depthwise_gradient.ts";
import type { Conv2dParams, EmittedConv2d } from "./finished.ts";
import { emitGather, planGather } from "./gather.ts";
import { flattened, forwardGather, inputGradientGather, isPointwise } from "./geometry.ts";
import { emitWeightGradient, planWeightGradient } from "./weight_gradient.ts";
import { loadPointers } from "../loops/loop_kernel.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type { FunctionBuilder, FunctionHandle } from "../wasm/function_builder.ts";

/** A generated convolution. */
export interface CompiledConv2d {
  /** `(unitFrom, unitTo, table, scratch)`, without `scratch` if none is needed. */
  readonly handle: FunctionHandle;
  readonly unitCount: number;
  /** Ranges of units should be multiples of this. */
  readonly unitsPerPack: number;
  /** Approximate number of vector instructions of the whole convolution. */
  readonly cost: number;
  /** Bytes of scratch memory per thread. */
  readonly scratchByteLength: number;
}

/** The module and options for compiling a convolution. */
export interface Conv2dContext extends EpilogueContext {
  readonly module: ModuleBuilder;
  /** Whether relaxed multiply-add may be used. */
  readonly fused: boolean;
}

/** Adds the convolution's function to the module. */
export function compileConv2d(kernel: Conv2dKernel, context: Conv2dContext): CompiledConv2d {
  const shape = conv2dSpace(kernel);
  const flat = flatAxes(kernel, shape);
  const emitted = kernel.role === "weightGradient"
    ? emitScattered(kernel, { shape, flat }, context)
    : emitGathered(kernel, { shape, flat }, context);
  return { ...emitted, cost: Math.ceil(productCount(kernel) / 4 * 1.5) };
}

/** Number of multiplications of a convolution, ignoring padding. */
export function productCount({ sizes }: Pick<Conv2dKernel, "sizes">): number {
  const { n, c, o, groups, kernelHeight, kernelWidth, outHeight, outWidth } = sizes;
  return n * o * (c / groups) * kernelHeight * kernelWidth * outHeight * outWidth;
}

interface Result {
  readonly shape: Shape;
  /** Number of trailing axes that the stores allow to merge into one. */
  readonly flat: number;
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

type Emitted = Omit<CompiledConv2d, "cost">;

function emitGathered(kernel: Conv2dKernel, result: Result, context: Conv2dContext): Emitted {
  const asRow = result.flat >= 2 && isRowOfPixels(kernel.sizes);
  const sizes = asRow ? flattened(kernel.sizes) : kernel.sizes;
  const gather = kernel.role === "forward" ? forwardGather(sizes) : inputGradientGather(sizes);
  const rowIsWhole = gather.resultSize[1] % (4 * gather.resultStep[1]) === 0;
  const flat = Math.min(result.flat, asRow || rowIsWhole ? 2 : 1);
  const shape = asRow ? [...result.shape.slice(0, 2), ...gather.resultSize] : result.shape;
  const prepared = prepareConv2dEpilogue(kernel, { shape, flat }, context);
  const { epilogue } = prepared;
  const options = { gather, epilogue, relaxed: context.fused };
  const emit = (f: FunctionBuilder, params: Conv2dParams) => emitGather(f, options, params);
  return addFunction(kernel, { ...prepared, plan: planGather(options), emit }, context);
}

function emitScattered(kernel: Conv2dKernel, result: Result, context: Conv2dContext): Emitted {
  const flat = result.flat >= 3 ? 3 : 1;
  const prepared = prepareConv2dEpilogue(kernel, { ...result, flat }, context);
  const sizes = isRowOfPixels(kernel.sizes) ? flattened(kernel.sizes) : kernel.sizes;
  const options = { sizes, epilogue: prepared.epilogue, relaxed: context.fused };
  const depthwise = isDepthwise(sizes);
  const plan = depthwise ? planDepthwiseGradient(options) : planWeightGradient(options);
  const emit = (f: FunctionBuilder, params: Conv2dParams) =>
    (depthwise ? emitDepthwiseGradient : emitWeightGradient)(f, options, params);
  return addFunction(kernel, { ...prepared, plan, emit }, context);
}

function addFunction(
  { label, a, b }: Conv2dKernel,
  { plan, slots, emit }: {
    plan: EmittedConv2d;
    slots: readonly number[];
    emit: (f: FunctionBuilder, params: Conv2dParams) => void;
  },
  { module }: Conv2dContext,
): Emitted {
  const params = ["i32", "i32", "i32", "i32"] as const;
  const handle = module.function(label, { params }, (f, unitFrom, unitTo, table, scratch) => {
    if (!unitFrom || !unitTo || !table || !scratch) throw new Error("Internal: four parameters");
    const pointers = loadPointers(f, table, new Set([...slots, a, b]));
    const extra = slots.map((slot) => pointers.get(slot)!);
    const operands = { a: pointers.get(a)!, b: pointers.get(b)! };
    emit(f, { ...operands, scratch, unitFrom, unitTo, extra });
  });
  return { handle, ...plan };
}

/** Compiles a plan to one WebAssembly module with a function that runs the whole plan. */
import type { Kernel } from "../graph/kernel.ts";
import { asLoop } from "../graph/loop_forms.ts";
import type { Plan } from "../graph/plan.ts";
import { elementCount } from "../graph/types.ts";
import { ProgramGuard } from "./checked/program_guard.ts";
import type { CheckedRegions } from "./checked/violation.ts";
import type { ConstantPool } from "./runtime/constants.ts";
import { compileConv2d, productCount } from "./conv2d/kernel.ts";
import { MAXIMUM_PAGES } from "./runtime/heap.ts";
import { compileLoop } from "./loops/loop_kernel.ts";
import type { SlotType } from "./loops/lane_emitter.ts";
import { MathLibrary } from "./math/math_library.ts";
import { type CompiledMatmul, compileMatmul, type MatmulContext } from "./matmul/kernel.ts";
import { emitRun, type KernelTask } from "./runtime/run.ts";
import { scheduleStages, type Thresholds } from "./schedule.ts";
import { ModuleBuilder } from "./wasm/assembler.ts";

/** Options for generating code. */
export interface Target {
  /** Whether the memory is shared. */
  readonly shared: boolean;
  /** Maximum number of threads. */
  readonly threads: number;
  /** Whether relaxed multiply-add may be used. */
  readonly fused: boolean;
  /** Whether the main thread may sleep until workers have finished. */
  readonly mainMaySleep: boolean;
  /**
   * Costs above which threads share work. The default is where sharing pays off; tests share
   * everything.
   */
  readonly thresholds?: Thresholds;
  /** Whether to check every memory access and every loop. */
  readonly checked: boolean;
}

/** The code of a plan. It depends on shapes, but not on addresses or buffers. */
export interface Program {
  /** The module exports `run(thread, stage, table)`; see {@linkcode emitRun}. */
  readonly code: Uint8Array<ArrayBuffer>;
  /** Bytes of scratch memory per thread. */
  readonly scratchByteLength: number;
  /** Number of stages that several threads share. */
  readonly sharedStages: number;
  /** Approximate number of vector instructions of these stages. */
  readonly sharedCost: number;
  /** The regions that each kernel may access; empty unless checked. */
  readonly regions: CheckedRegions;
}

/**
 * Generates the code of a plan. `table` holds the addresses of the slots by slot number, followed
 * by those of the threads' scratch memories.
 */
export function compileProgram(
  plan: Plan,
  { target, constants }: { target: Target; constants: ConstantPool },
): Program {
  const { threads, fused, thresholds } = target;
  const module = new ModuleBuilder().importMemory({
    module: "host",
    name: "memory",
    minimumPages: 1,
    maximumPages: MAXIMUM_PAGES,
    shared: target.shared,
  });
  const guard = target.checked ? new ProgramGuard(module, plan, target) : undefined;
  // Literals in memory belong to no slot, so checked code uses immediates.
  const math = new MathLibrary(module, { fused, constants: guard ? undefined : constants });
  const types = plan.slots.map(({ type }): SlotType => ({
    dtype: type.dtype,
    elementCount: elementCount(type.shape),
  }));
  let ordinal = 0;
  const compilePlain = (kernel: Kernel): KernelTask =>
    compileKernel(kernel, { module, math, types, fused, ordinal: ordinal++ });
  const compile = guard
    ? (kernel: Kernel): KernelTask => guard.compile(kernel, () => compilePlain(kernel))
    : compilePlain;
  const tasks = plan.dispatches.map(({ kernels }) => kernels.map(compile));
  const stages = scheduleStages(tasks, { threads, thresholds });
  emitRun(module, stages, { ...target, scratchTable: 4 * plan.slots.length, guard });
  const scratchByteLength = Math.max(0, ...tasks.flat().map((task) => task.scratchByteLength));
  const shared = stages.filter(({ chunks }) => chunks > 0);
  return {
    code: module.bytes(),
    scratchByteLength,
    regions: guard?.regions ?? [],
    sharedStages: shared.length,
    sharedCost: shared.flatMap(({ tasks }) => tasks).reduce((sum, { cost }) => sum + cost, 0),
  };
}

interface KernelContext {
  readonly module: ModuleBuilder;
  readonly math: MathLibrary;
  readonly types: readonly SlotType[];
  readonly fused: boolean;
  readonly ordinal: number;
}

function compileKernel(kernel: Kernel, context: KernelContext): KernelTask {
  const { module, math, types } = context;
  const slotType = (slot: number): SlotType => {
    const type = types[slot];
    if (!type) {
      throw new Error(`Internal: "${kernel.label}" uses slot ${slot}, which does not exist`);
    }
    return type;
  };
  const name = kernel.label;
  const compiled = compileFast(kernel, { ...context, slotType });
  if (compiled) return { name, ...compiled };
  const loop = compileLoop(asLoop(kernel), { module, math, slotType });
  return { name, ...loop, unitsPerPack: 1, scratchByteLength: 0 };
}

/** Compiles what is faster than its loop form: products that have terms. */
function compileFast(kernel: Kernel, context: MatmulContext): CompiledMatmul | undefined {
  if (kernel.kind === "matmul" && kernel.k > 0) return compileMatmul(kernel, context);
  if (kernel.kind === "conv2d" && productCount(kernel) > 0) return compileConv2d(kernel, context);
  return undefined;
}

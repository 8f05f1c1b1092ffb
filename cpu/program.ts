/** Compiles a plan to one WebAssembly module with a function that runs the whole plan. */
import type { Kernel } from "../graph/kernel.ts";
import type { Dispatch, Plan } from "../graph/plan.ts";
import { type Section, sectionsOf } from "../graph/plan_sections.ts";
import { elementCount } from "../graph/types.ts";
import type { CheckedRegions } from "./checked/violation.ts";
import type { CompiledKernel } from "./compiled_kernel.ts";
import type { KernelContext } from "./kernel_context.ts";
import type { ConstantPool } from "./runtime/constants.ts";
import { MAXIMUM_PAGES } from "./runtime/heap.ts";
import { compileLoop } from "./loops/loop_kernel.ts";
import { MathLibrary } from "./math/math_library.ts";
import type { NativeTarget } from "./native/native_code.ts";
import { compileFast, type ProgramParts } from "./program_parts.ts";
import { emitRun } from "./runtime/run.ts";
import { scheduleStages, type Stage, type Thresholds } from "./schedule.ts";
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
  /** The instructions of native tiles; `undefined` to generate WebAssembly alone. */
  readonly native?: NativeTarget | undefined;
}

/** The code of a plan. It depends on shapes, but not on addresses or buffers. */
export interface Program {
  /** The module exports `run(thread, stage, table, call)`; see {@linkcode emitRun}. */
  readonly code: Uint8Array<ArrayBuffer>;
  /** The machine code that the module calls; no bytes if there is none. */
  readonly nativeCode: Uint8Array<ArrayBuffer>;
  /** Bytes of scratch memory per thread. */
  readonly scratchByteLength: number;
  /** Number of stages that several threads share; a stage of a loop counts in each turn. */
  readonly sharedStages: number;
  /** Approximate number of vector instructions of these stages. */
  readonly sharedCost: number;
  /** The regions that each kernel may access; empty unless checked. */
  readonly regions: CheckedRegions;
}

/**
 * Generates the code of a plan. Each thread finds the addresses of slots and of its scratch memory in
 * a table; see `AddressTable`.
 */
export function compileProgram(
  plan: Plan,
  { target, constants, parts }: {
    readonly target: Target;
    readonly constants: ConstantPool;
    /** What `loadParts` has loaded for this plan. */
    readonly parts: ProgramParts;
  },
): Program {
  const { threads, fused, thresholds } = target;
  const module = new ModuleBuilder().importMemory(hostMemory(target));
  const generators = nativeGenerators(module, target, parts);
  const guard = parts.checks && new parts.checks.ProgramGuard(module, plan, target);
  // Literals in memory belong to no slot, so checked code uses immediates.
  const math = new MathLibrary(module, {
    fused,
    constants: guard ? undefined : constants,
    long: parts.functions,
  });
  const slotType = slotTypesOf(plan);
  const context: KernelContext = { module, math, fused, slotType, ...generators };
  const compileKernel = (kernel: Kernel): CompiledKernel =>
    kernel.kind === "loop" ? compileLoop(kernel, context) : compileFast(kernel, parts, context);
  const compile = (kernel: Kernel): CompiledKernel =>
    guard ? guard.compile(kernel, () => compileKernel(kernel)) : compileKernel(kernel);
  const dispatches = plan.dispatches.map(({ kernels }) => kernels.map(compile));
  const turns = turnsOf(sectionsOf(plan), 1);
  const stages = scheduleStages(dispatches, { threads, thresholds, turns });
  const { native } = generators;
  emitRun(module, stages, {
    ...target,
    plan,
    guard,
    native,
    threads: parts.threads,
    loops: parts.loops,
  });
  const scratchByteLengths = dispatches.flat().map((kernel) => kernel.scratchByteLength);
  return {
    code: module.bytes(),
    nativeCode: native?.bytes() ?? new Uint8Array(),
    scratchByteLength: Math.max(0, ...scratchByteLengths),
    regions: guard?.regions ?? [],
    ...sharedWork(stages, turns),
  };
}

/** What generates native code for the parts of kernels; nothing where there is none. */
function nativeGenerators(
  module: ModuleBuilder,
  target: Target,
  parts: ProgramParts,
): Pick<KernelContext, "native" | "wide" | "strips"> {
  if (!target.native || !parts.native) return {};
  const { NativeProgram, NativeStrips, WideKernels } = parts.native;
  const native = new NativeProgram(module, target.native);
  return { native, wide: new WideKernels(native), strips: new NativeStrips(native) };
}

/** The memory of all programs, which the host grows. */
function hostMemory({ shared }: Target): Parameters<ModuleBuilder["importMemory"]>[0] {
  const limits = { minimumPages: 1, maximumPages: MAXIMUM_PAGES };
  return { module: "host", name: "memory", ...limits, shared };
}

/** The number of stages that threads share, and their cost, in all turns. */
function sharedWork(
  stages: readonly Stage[],
  turns: readonly number[],
): Pick<Program, "sharedStages" | "sharedCost"> {
  let [sharedStages, sharedCost] = [0, 0];
  stages.forEach(({ chunks, kernels }, i) => {
    if (chunks === 0) return;
    sharedStages += turns[i]!;
    sharedCost += turns[i]! * kernels.reduce((sum, { cost }) => sum + cost, 0);
  });
  return { sharedStages, sharedCost };
}

/** How often each dispatch runs if the sections run `turns` times. */
function turnsOf(sections: readonly Section<Dispatch>[], turns: number): number[] {
  return sections.flatMap((section) =>
    section.kind === "loop"
      ? turnsOf(section.body, turns * section.loop.turns)
      : section.dispatches.map(() => turns)
  );
}

function slotTypesOf({ slots }: Plan): KernelContext["slotType"] {
  const types = slots.map(({ type: { dtype, shape } }) => ({
    dtype,
    elementCount: elementCount(shape),
  }));
  return (slot) => {
    const type = types[slot];
    if (!type) throw new Error(`Internal: a kernel uses slot ${slot}, which does not exist`);
    return type;
  };
}

/** Compiles a plan to one WebAssembly module with a function that runs all of it. */
import type { Kernel, LoopKernel, MatmulKernel } from "../graph/kernel.ts";
import { s } from "../graph/scalar/mod.ts";
import type { Plan } from "../graph/plan.ts";
import { elementCount } from "../graph/types.ts";
import { emitBarrier } from "./barrier.ts";
import type { ConstantPool } from "./constants.ts";
import { conv2dLoop } from "./conv2d_loop.ts";
import { MAXIMUM_PAGES } from "./heap.ts";
import { compileLoop } from "./loops/loop_kernel.ts";
import type { SlotType } from "./loops/lane_emitter.ts";
import { MathLibrary } from "./math/math_library.ts";
import { compileMatmul } from "./matmul_kernel.ts";
import { scheduleStages, type Stage, type Task } from "./schedule.ts";
import { ModuleBuilder } from "./wasm/assembler.ts";
import type { FunctionBuilder, FunctionHandle, Local } from "./wasm/function_builder.ts";

/** What the generated code may rely on. */
export interface Target {
  /** Whether the memory is shared. */
  readonly shared: boolean;
  /** Most threads that will ever take part. */
  readonly threads: number;
  /** Whether relaxed multiply-add may be used. */
  readonly fused: boolean;
  /** Whether the main thread may sleep at a barrier. */
  readonly mainMaySleep: boolean;
}

/** A plan as code; it knows shapes, but neither addresses nor buffers. */
export interface Program {
  /** The module exports `run(thread, threads, table)`. */
  readonly code: Uint8Array<ArrayBuffer>;
  /** Scratch memory that each thread needs. */
  readonly scratchByteLength: number;
  /** Whether several threads have anything to do. */
  readonly parallel: boolean;
}

/** A kernel's function; products take scratch memory too. */
interface KernelTask extends Task {
  readonly handle: FunctionHandle;
  readonly scratchByteLength: number;
}

/**
 * Generates the code of a plan. `table` holds the addresses of the slots by slot number
 * and then those of the threads' scratch memories.
 */
export function compileProgram(
  plan: Plan,
  { target, constants }: { target: Target; constants: ConstantPool },
): Program {
  const { shared, threads, fused } = target;
  const module = new ModuleBuilder().importMemory({
    module: "host",
    name: "memory",
    minimumPages: 1,
    maximumPages: MAXIMUM_PAGES,
    shared,
  });
  const math = new MathLibrary(module, { fused, constants });
  const types = plan.slots.map(({ type }): SlotType => ({
    dtype: type.dtype,
    elementCount: elementCount(type.shape),
  }));
  let ordinal = 0;
  const compile = (kernel: Kernel): KernelTask =>
    compileKernel(kernel, { module, math, types, fused, ordinal: ordinal++ });
  const tasks = plan.dispatches.map(({ kernels }) => kernels.map(compile));
  const stages = scheduleStages(tasks, { threads });
  const parallel = stages.some((stage) => stage.parallel);
  const barrier = parallel ? emitBarrier(module, target) : undefined;
  emitRun(module, stages, { barrier, scratchTable: 4 * plan.slots.length });
  const scratchByteLength = Math.max(0, ...tasks.flat().map((task) => task.scratchByteLength));
  return { code: module.bytes(), scratchByteLength, parallel };
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
    if (!type) throw new Error(`Internal: "${kernel.label}" uses slot ${slot}, which is not there`);
    return type;
  };
  const name = kernel.label;
  if (kernel.kind === "matmul" && kernel.k === 0) {
    return compileKernel(sumOfNothing(kernel), context);
  }
  if (kernel.kind === "matmul") {
    return { name, ...compileMatmul(kernel, { ...context, slotType }) };
  }
  if (kernel.kind === "conv2d") {
    return compileKernel(conv2dLoop(kernel), context);
  }
  const loop = compileLoop(kernel, { module, math, slotType });
  return { name, ...loop, unitsPerPack: 1, scratchByteLength: 0 };
}

/** A product without terms: a loop whose only result is 0. */
function sumOfNothing({ label, batch, m, n, stores }: MatmulKernel): LoopKernel {
  return {
    kind: "loop",
    label,
    outer: [...batch, m, n],
    inner: [],
    reductions: [{ combine: "sum", value: s.const(0) }],
    outerStores: stores,
    innerStores: [],
  };
}

interface RunOptions {
  readonly barrier: FunctionHandle | undefined;
  /** Byte offset in the table of the scratch addresses. */
  readonly scratchTable: number;
}

/** Emits `run`: every thread walks through the stages in step. */
function emitRun(
  module: ModuleBuilder,
  stages: readonly Stage<KernelTask>[],
  { barrier, scratchTable }: RunOptions,
): void {
  const params = ["i32", "i32", "i32"] as const;
  module.function("run", { params, exported: true }, (f, thread, threads, table) => {
    if (!thread || !threads || !table) throw new Error("Internal: run has three parameters");
    const scratch = f.local("i32");
    f.get(table, thread).i32(2).op("i32.shl", "i32.add").memory("i32.load", scratchTable);
    f.set(scratch);
    const emitter = new RunEmitter(f, { thread, threads, table, scratch });
    stages.forEach((stage, i) => {
      if (stage.parallel) emitter.shared(stage.tasks);
      else emitter.alone(stage.tasks);
      // A lone thread's stages need no barrier between them; the last one needs none at all
      // unless others took part in it.
      const needed = stage.parallel || stages[i + 1]?.parallel;
      if (needed && barrier) f.get(thread, threads).call(barrier);
    });
  });
}

interface RunLocals {
  readonly thread: Local;
  readonly threads: Local;
  readonly table: Local;
  readonly scratch: Local;
}

class RunEmitter {
  readonly #f: FunctionBuilder;
  readonly #locals: RunLocals;
  /** This thread's part of a stage's cost, and the ends of its range of units. */
  readonly #shares: readonly [Local, Local];
  readonly #ends: readonly [Local, Local];

  constructor(f: FunctionBuilder, locals: RunLocals) {
    this.#f = f;
    this.#locals = locals;
    this.#shares = [f.local("f64"), f.local("f64")];
    this.#ends = [f.local("i32"), f.local("i32")];
  }

  /** Thread 0 does everything. */
  alone(tasks: readonly KernelTask[]): void {
    const present = tasks.filter(({ unitCount }) => unitCount > 0);
    this.#f.get(this.#locals.thread).op("i32.eqz").if(() => {
      for (const task of present) {
        this.#f.i32(0).i32(task.unitCount);
        this.#call(task);
      }
    });
  }

  /**
   * The tasks lie one after the other on a line as long as their cost; every thread takes
   * an equal piece of it and rounds its ends to units, as its neighbour does.
   */
  shared(tasks: readonly KernelTask[]): void {
    const f = this.#f;
    const { thread, threads } = this.#locals;
    const total = tasks.reduce((sum, { cost }) => sum + Math.ceil(cost), 0);
    this.#shares.forEach((share, i) => {
      f.get(thread).i32(i).op("i32.add", "f64.convert_i32_s").f64(total).op("f64.mul");
      f.get(threads).op("f64.convert_i32_s", "f64.div").set(share);
    });
    let before = 0;
    for (const task of tasks.filter(({ unitCount }) => unitCount > 0)) {
      this.#shares.forEach((share, i) =>
        this.#setEnd(task, { share, before, end: this.#ends[i]! })
      );
      const [from, to] = this.#ends;
      f.get(from, to).op("i32.lt_s").if(() => {
        f.get(from, to);
        this.#call(task);
      });
      before += Math.ceil(task.cost);
    }
  }

  #setEnd(
    { cost, unitCount, unitsPerPack }: KernelTask,
    { share, before, end }: { share: Local; before: number; end: Local },
  ): void {
    const f = this.#f;
    const pack = unitCount >= 8 * unitsPerPack ? unitsPerPack : 1;
    const packs = unitCount / pack;
    // The small surplus makes up for rounding, so that the last thread ends at the last unit.
    f.get(share).f64(before).op("f64.sub").f64(packs / Math.ceil(cost)).op("f64.mul");
    f.f64(1e-6).op("f64.add", "i32.trunc_sat_f64_u").i32(pack).op("i32.mul").set(end);
    f.get(end).i32(unitCount).get(end).i32(unitCount).op("i32.lt_s", "select").set(end);
  }

  #call(task: KernelTask): void {
    this.#f.get(this.#locals.table);
    if (task.handle.params.length > 3) this.#f.get(this.#locals.scratch);
    this.#f.call(task.handle);
  }
}

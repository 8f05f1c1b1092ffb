/** Emits the function that runs all stages of a plan, on any number of threads. */
import type { Plan } from "../../graph/plan.ts";
import { type Section, sectionsOf } from "../../graph/plan_sections.ts";
import { addressTable } from "../address_table.ts";
import type { ProgramGuard } from "../checked/program_guard.ts";
import type { CompiledKernel } from "../compiled_kernel.ts";
import { loaded } from "../loaded.ts";
import type { NativeProgram } from "../native/native_program.ts";
import type { LoopParts, ThreadParts } from "../program_parts.ts";
import type { Stage } from "../schedule.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type { FunctionBuilder, Local, Operand } from "../wasm/function_builder.ts";
import { SCRATCH_ADDRESS } from "./layout.ts";
import type { LoopPlace } from "./plan_loop.ts";
import type { RunLocals, StageCode } from "./shared_stages.ts";

/** Options of the generated run function. */
interface RunOptions {
  /** Whether the main thread may sleep until workers have finished. */
  readonly mainMaySleep: boolean;
  /** The plan: its dispatches are the stages. */
  readonly plan: Plan;
  /** In checked mode, the guard of the kernels, which then use virtual addresses. */
  readonly guard: ProgramGuard | undefined;
  /** The program's native tiles, if there may be any. */
  readonly native: NativeProgram | undefined;
  /** What divides work among threads; `undefined` on one thread. */
  readonly threads: ThreadParts | undefined;
  /** What runs the loops of the plan; `undefined` if it has none. */
  readonly loops: LoopParts | undefined;
}

/**
 * Emits `run(thread, stage, table, call)`, where `call` is the address of the thread's calls of
 * native tiles, if there are any. Shared stages are numbered from `stage` + 1 on. Thread 0 opens
 * them in order, takes chunks until none is left, and waits for chunks that other threads took. The
 * other threads take chunks of stages that they find open. A late thread therefore delays no other;
 * threads only wait for chunks that were taken.
 */
export function emitRun(
  module: ModuleBuilder,
  stages: readonly Stage[],
  options: RunOptions,
): void {
  const params = ["i32", "i32", "i32"] as const;
  const { native, plan, threads } = options;
  const codes = stages.map((stage, i): StageCode => {
    const handle = module.function(`stage ${i}`, { params }, (f, chunk, table, scratch) => {
      const places = options.guard ? { table: 0, scratch: SCRATCH_ADDRESS } : { table, scratch };
      emitStage(f, stage, { chunk, ...places }, threads);
    });
    return { handle, chunks: stage.chunks };
  });
  const isShared = codes.some(({ chunks }) => chunks > 0);
  const shared = isShared && threads ? new threads.SharedStages(module, options) : undefined;
  const sections = sectionsOf({ ...plan, dispatches: codes });
  const { scratchEntry, stride } = addressTable(plan);
  const runParams = [...params, "i32"] as const;
  module.function("run", { params: runParams, exported: true }, (f, thread, stage, table, call) => {
    const scratch = f.local("i32");
    f.get(table, thread).i32(4 * stride).op("i32.mul", "i32.add").tee(table);
    f.memory("i32.load", 4 * scratchEntry).set(scratch);
    options.guard?.begin(f, table, scratch);
    native?.begin(f, call);
    const locals: RunLocals = { stage, table, scratch, chunk: f.local("i32") };
    const place = { plan, table, depth: 0, loops: options.loops };
    f.get(thread).if(() => {
      if (!shared) return;
      emitSections(f, shared.among(sections), place, (code) => shared.emitHelp(f, code, locals));
    }, () => {
      emitSections(f, sections, place, (code) => {
        if (code.chunks > 0 && shared) shared.emitLead(f, code, locals);
        else f.i32(0).get(table, scratch).call(code.handle);
      });
    });
  });
}

/** Emits all stages in order, and the loops around them. */
function emitSections(
  f: FunctionBuilder,
  sections: readonly Section<StageCode>[],
  { loops, ...place }: LoopPlace & { readonly loops: LoopParts | undefined },
  emit: (code: StageCode) => void,
): void {
  for (const section of sections) {
    if (section.kind === "dispatches") {
      section.dispatches.forEach(emit);
      continue;
    }
    const { emitPlanLoop } = loaded(loops, "what runs loops");
    const inside = { ...place, loops, depth: place.depth + 1 };
    emitPlanLoop(f, section.loop, place, () => emitSections(f, section.body, inside, emit));
  }
}

/** The parameters of a stage's function. */
interface StageParams {
  readonly chunk: Local;
  readonly table: Operand;
  readonly scratch: Operand;
}

/** Emits a stage: one chunk of it, or all of it if it has none. */
function emitStage(
  f: FunctionBuilder,
  { kernels, chunks }: Stage,
  { chunk, table, scratch }: StageParams,
  threads: ThreadParts | undefined,
): void {
  const emitCall = ({ handle }: CompiledKernel, from: Operand, to: Operand): void => {
    f.push(from).push(to).push(table);
    if (handle.params.length > 3) f.push(scratch);
    f.call(handle);
  };
  const present = kernels.filter(({ unitCount }) => unitCount > 0);
  if (chunks === 0) present.forEach((kernel) => emitCall(kernel, 0, kernel.unitCount));
  else {
    const { emitChunk } = loaded(threads, "what divides work");
    emitChunk(f, { kernels: present, chunks }, chunk, emitCall);
  }
}

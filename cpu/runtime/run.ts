/** Emits the function that runs all stages of a plan, on any number of threads. */
import type { Plan } from "../../graph/plan.ts";
import { type Section, sectionsOf } from "../../graph/plan_sections.ts";
import { addressTable, type MovedWindow, windowsOf } from "../address_table.ts";
import type { ProgramGuard } from "../checked/program_guard.ts";
import type { CompiledKernel } from "../compiled_kernel.ts";
import type { NativeProgram } from "../native/native_program.ts";
import type { ThreadParts } from "../program_parts.ts";
import type { Stage } from "../schedule.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type { FunctionBuilder, Local, Operand } from "../wasm/function_builder.ts";
import { SCRATCH_ADDRESS } from "./layout.ts";
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
  const codes = stages.map((stage, i): StageCode => {
    const handle = module.function(`stage ${i}`, { params }, (f, chunk, table, scratch) => {
      const places = options.guard ? { table: 0, scratch: SCRATCH_ADDRESS } : { table, scratch };
      emitStage(f, stage, { chunk, ...places });
    });
    return { handle, chunks: stage.chunks };
  });
  const { native, plan, threads } = options;
  const isShared = codes.some(({ chunks }) => chunks > 0);
  if (isShared && !threads) throw new Error("Internal: the parts for threads have not been loaded");
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
    const loops = { plan, table, depth: 0 };
    f.get(thread).if(() => {
      if (!shared) return;
      emitSections(f, shared.among(sections), loops, (code) => shared.emitHelp(f, code, locals));
    }, () => {
      emitSections(f, sections, loops, (code) => {
        if (code.chunks > 0 && shared) shared.emitLead(f, code, locals);
        else f.i32(0).get(table, scratch).call(code.handle);
      });
    });
  });
}

/** Where a loop is, and the table in which it moves its windows. */
interface LoopPlace {
  readonly plan: Plan;
  readonly table: Local;
  /** Number of loops around it. */
  readonly depth: number;
}

/** Emits all stages in order. Those of a loop run in each turn, after which its windows move on. */
function emitSections(
  f: FunctionBuilder,
  sections: readonly Section<StageCode>[],
  { plan, table, depth }: LoopPlace,
  emit: (code: StageCode) => void,
): void {
  for (const section of sections) {
    if (section.kind === "dispatches") {
      section.dispatches.forEach(emit);
      continue;
    }
    const windows = windowsOf(plan, section.loop, depth);
    for (const { slot, base, start } of windows) setAddress(f, table, { slot, base, by: start });
    f.for(f.local("i32"), 0, section.loop.turns, 1, () => {
      emitSections(f, section.body, { plan, table, depth: depth + 1 }, emit);
      for (const { slot, stride } of windows) {
        setAddress(f, table, { slot, base: slot, by: stride });
      }
    });
  }
}

/** Emits code that sets the address of a window to that of `base` plus `by` elements. */
function setAddress(
  f: FunctionBuilder,
  table: Local,
  { slot, base, by }: Pick<MovedWindow, "slot" | "base"> & { readonly by: number },
): void {
  f.get(table).get(table).memory("i32.load", 4 * base).i32(4 * by).op("i32.add");
  f.memory("i32.store", 4 * slot);
}

/** The parameters of a stage's function. */
interface StageParams {
  readonly chunk: Local;
  readonly table: Operand;
  readonly scratch: Operand;
}

/**
 * Emits one chunk of a stage. The kernels are laid end to end by cost and split into `chunks` equal
 * pieces, whose ends are rounded to whole units (the same way for adjacent pieces).
 */
function emitStage(
  f: FunctionBuilder,
  { kernels, chunks }: Stage,
  { chunk, table, scratch }: StageParams,
): void {
  const present = kernels.filter(({ unitCount }) => unitCount > 0);
  const total = present.reduce((sum, { cost }) => sum + Math.ceil(cost), 0);
  const [start, stop] = f.locals("f64", 2);
  const [from, to] = f.locals("i32", 2);
  [start, stop].forEach((share, i) => {
    f.get(chunk).i32(i).op("i32.add", "f64.convert_i32_s");
    f.f64(total / Math.max(chunks, 1)).op("f64.mul").set(share);
  });
  const call = ({ handle }: CompiledKernel, unitFrom: Operand, unitTo: Operand): void => {
    f.push(unitFrom).push(unitTo).push(table);
    if (handle.params.length > 3) f.push(scratch);
    f.call(handle);
  };
  let before = 0;
  for (const kernel of present) {
    if (chunks > 0) {
      emitEnd(f, kernel, { share: start, before, end: from });
      emitEnd(f, kernel, { share: stop, before, end: to });
      f.get(from, to).op("i32.lt_s").if(() => call(kernel, from, to));
    } else call(kernel, 0, kernel.unitCount);
    before += Math.ceil(kernel.cost);
  }
}

/** Sets `end` to the unit of a kernel at a position among all kernels of the stage. */
function emitEnd(
  f: FunctionBuilder,
  { cost, unitCount, unitsPerPack }: CompiledKernel,
  { share, before, end }: { share: Local; before: number; end: Local },
): void {
  const pack = unitCount >= 8 * unitsPerPack ? unitsPerPack : 1;
  // A small surplus compensates for rounding, so that the last chunk ends at the last unit.
  f.get(share).f64(before).op("f64.sub").f64(unitCount / pack / Math.ceil(cost)).op("f64.mul");
  f.f64(1e-6).op("f64.add", "i32.trunc_sat_f64_u").i32(pack).op("i32.mul").set(end);
  f.get(end).i32(unitCount).get(end).i32(unitCount).op("i32.lt_s", "select").set(end);
}

/** Emits the function that runs all stages of a plan, on any number of threads. */
import type { ProgramGuard } from "../checked/program_guard.ts";
import { SCRATCH_ADDRESS } from "../checked/regions.ts";
import type { Stage, Task } from "../schedule.ts";
import { emitTickets, type Tickets } from "./tickets.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type { FunctionBuilder, FunctionHandle, Local, Operand } from "../wasm/function_builder.ts";

/** A kernel's function `(from, to, table)`. Products also take scratch memory. */
export interface KernelTask extends Task {
  readonly handle: FunctionHandle;
  readonly scratchByteLength: number;
}

/** Options of the generated run function. */
export interface RunOptions {
  /** Whether the main thread may sleep until workers have finished. */
  readonly mainMaySleep: boolean;
  /** Byte offset in the table of the scratch addresses. */
  readonly scratchTable: number;
  /** In checked mode, the guard of the kernels, which then use virtual addresses. */
  readonly guard: ProgramGuard | undefined;
}

/** A stage's function. */
interface StageCode {
  /** `(chunk, table, scratch)`. A stage that is not shared has one chunk. */
  readonly handle: FunctionHandle;
  readonly chunks: number;
}

/**
 * Emits `run(thread, stage, table)`. Shared stages are numbered from `stage` + 1 on. Thread 0 opens
 * them in order, takes chunks until none is left, and waits for chunks that other threads took. The
 * other threads take chunks of stages that they find open. A late thread therefore delays nobody;
 * threads only wait for chunks that were taken.
 */
export function emitRun(
  module: ModuleBuilder,
  stages: readonly Stage<KernelTask>[],
  options: RunOptions,
): void {
  const codes = stages.map(({ tasks, chunks }, i): StageCode => {
    const params = ["i32", "i32", "i32"] as const;
    const handle = module.function(`stage ${i}`, { params }, (f, chunk, table, scratch) => {
      if (!chunk || !table || !scratch) throw new Error("Internal: a stage has three parameters");
      const places = options.guard ? { table: 0, scratch: SCRATCH_ADDRESS } : { table, scratch };
      new StageEmitter(f, places).emit(tasks, chunk, chunks);
    });
    return { handle, chunks };
  });
  const shared = codes.filter(({ chunks }) => chunks > 0);
  const tickets = shared.length > 0 ? emitTickets(module, options) : undefined;
  const params = ["i32", "i32", "i32"] as const;
  module.function("run", { params, exported: true }, (f, thread, stage, table) => {
    if (!thread || !stage || !table) throw new Error("Internal: run has three parameters");
    const scratch = f.local("i32");
    f.get(table, thread).i32(2).op("i32.shl", "i32.add");
    f.memory("i32.load", options.scratchTable).set(scratch);
    options.guard?.begin(f, table, scratch);
    const locals: RunLocals = { stage, table, scratch, chunk: f.local("i32") };
    f.get(thread).if(() => {
      for (const code of shared) if (tickets) emitHelp(f, code, tickets, locals);
    }, () => {
      for (const code of codes) {
        if (code.chunks > 0 && tickets) emitLead(f, code, tickets, locals);
        else f.i32(0).get(table, scratch).call(code.handle);
      }
    });
  });
}

interface RunLocals {
  readonly stage: Local;
  readonly table: Local;
  readonly scratch: Local;
  readonly chunk: Local;
}

/** Emits a worker's part of a stage: wait for it to open, then take chunks until none is left. */
function emitHelp(
  f: FunctionBuilder,
  { handle, chunks }: StageCode,
  { enter, take, finishOne }: Tickets,
  { stage, table, scratch, chunk }: RunLocals,
): void {
  f.get(stage).i32(1).op("i32.add").tee(stage).call(enter);
  f.block((exit) => {
    f.loop((again) => {
      f.get(stage).i32(chunks).call(take).tee(chunk).i32(0).op("i32.lt_s").brIf(exit);
      f.get(chunk, table, scratch).call(handle).call(finishOne).br(again);
    });
  });
}

/** Emits the main thread's part of a stage: open it, take chunks, and wait for the workers. */
function emitLead(
  f: FunctionBuilder,
  { handle, chunks }: StageCode,
  { open, take, finishAll }: Tickets,
  { stage, table, scratch, chunk }: RunLocals,
): void {
  const others = f.local("i32");
  f.i32(chunks).set(others);
  f.get(stage).i32(1).op("i32.add").tee(stage).call(open);
  f.block((exit) => {
    f.loop((again) => {
      f.get(stage).i32(chunks).call(take).tee(chunk).i32(0).op("i32.lt_s").brIf(exit);
      f.get(chunk, table, scratch).call(handle);
      f.get(others).i32(1).op("i32.sub").set(others).br(again);
    });
  });
  f.get(others).call(finishAll);
}

/** The address parameters of kernels. */
interface Places {
  readonly table: Operand;
  readonly scratch: Operand;
}

/** Emits a chunk of a stage. */
class StageEmitter {
  readonly #f: FunctionBuilder;
  readonly #places: Places;

  constructor(f: FunctionBuilder, places: Places) {
    this.#f = f;
    this.#places = places;
  }

  /**
   * Emits one chunk. The tasks are laid end to end by cost and split into `chunks` equal pieces,
   * whose ends are rounded to whole units (the same way for adjacent pieces).
   */
  emit(tasks: readonly KernelTask[], chunk: Local, chunks: number): void {
    const f = this.#f;
    const present = tasks.filter(({ unitCount }) => unitCount > 0);
    const total = present.reduce((sum, { cost }) => sum + Math.ceil(cost), 0);
    const shares = [f.local("f64"), f.local("f64")] as const;
    const [from, to] = [f.local("i32"), f.local("i32")];
    shares.forEach((share, i) => {
      f.get(chunk).i32(i).op("i32.add", "f64.convert_i32_s");
      f.f64(total / Math.max(chunks, 1)).op("f64.mul").set(share);
    });
    let before = 0;
    for (const task of present) {
      if (chunks > 0) {
        this.#setEnd(task, { share: shares[0], before, end: from });
        this.#setEnd(task, { share: shares[1], before, end: to });
        f.get(from, to).op("i32.lt_s").if(() => this.#call(task, () => f.get(from, to)));
      } else this.#call(task, () => f.i32(0).i32(task.unitCount));
      before += Math.ceil(task.cost);
    }
  }

  #setEnd(
    { cost, unitCount, unitsPerPack }: KernelTask,
    { share, before, end }: { share: Local; before: number; end: Local },
  ): void {
    const f = this.#f;
    const pack = unitCount >= 8 * unitsPerPack ? unitsPerPack : 1;
    // A small surplus compensates for rounding, so that the last chunk ends at the last unit.
    f.get(share).f64(before).op("f64.sub").f64(unitCount / pack / Math.ceil(cost)).op("f64.mul");
    f.f64(1e-6).op("f64.add", "i32.trunc_sat_f64_u").i32(pack).op("i32.mul").set(end);
    f.get(end).i32(unitCount).get(end).i32(unitCount).op("i32.lt_s", "select").set(end);
  }

  #call(task: KernelTask, pushRange: () => void): void {
    pushRange();
    this.#f.push(this.#places.table);
    if (task.handle.params.length > 3) this.#f.push(this.#places.scratch);
    this.#f.call(task.handle);
  }
}

/** Emits the synchronization of threads: tickets for the chunks of a stage, and waiting. */
import { DONE, FAILED, MAIN_SLEEPS, OPEN_STAGE, SLEEPERS, TICKET } from "./layout.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type { FunctionBuilder, FunctionHandle, Label, Local } from "../wasm/function_builder.ts";

/** Number of polls before a thread sleeps: about 100 microseconds, as long as a short stage. */
const SPINS = 200_000;

/** Longest sleep, in nanoseconds, before a thread checks whether another thread has failed. */
const SLEEP_NS = 50_000_000n;

/** The synchronization functions of one module. */
export interface Tickets {
  /** `(stage)`: opens the stage. Main thread only, after the previous stage is finished. */
  readonly open: FunctionHandle;
  /** `(stage)`: waits until the stage is open or over. */
  readonly enter: FunctionHandle;
  /** `(stage, chunks) → chunk`: takes a chunk. −1 if none is left or the stage is over. */
  readonly take: FunctionHandle;
  /** `()`: signals to the main thread that a worker has finished a chunk. */
  readonly finishOne: FunctionHandle;
  /** `(count)`: waits until workers have finished `count` chunks. Main thread only. */
  readonly finishAll: FunctionHandle;
}

/** Adds the functions to a module. */
export function emitTickets(
  module: ModuleBuilder,
  { mainMaySleep }: { mainMaySleep: boolean },
): Tickets {
  const params = ["i32"] as const;
  return {
    open: module.function("open", { params }, emitOpen),
    enter: module.function("enter", { params }, emitEnter),
    take: module.function("take", { params: ["i32", "i32"], results: ["i32"] }, emitTake),
    finishOne: module.function("finishOne", {}, emitFinishOne),
    finishAll: module.function(
      "finishAll",
      { params },
      (f, count) => emitFinishAll(f, count, mainMaySleep),
    ),
  };
}

function emitOpen(f: FunctionBuilder, stage: Local): void {
  f.i32(DONE).i32(0).memory("i32.atomic.store");
  f.i32(TICKET).get(stage).op("i64.extend_i32_u").i64(32n).op("i64.shl");
  f.memory("i64.atomic.store");
  f.i32(SLEEPERS).memory("i32.atomic.load").if(() => {
    f.i32(OPEN_STAGE).i32(-1).memory("memory.atomic.notify").op("drop");
  });
}

/**
 * Stage numbers wrap around, so they are compared by difference. A thread announces that it sleeps
 * before it checks the stage again, and the wait checks atomically. So either the main thread sees
 * the sleeper, or the sleeper sees the new stage.
 */
function emitEnter(f: FunctionBuilder, stage: Local): void {
  const [open, spins] = f.locals("i32", 2);
  f.i32(SPINS).set(spins);
  spinThenSleep(f, spins, {
    leave: (exit) => {
      f.i32(OPEN_STAGE).memory("i32.atomic.load").tee(open).get(stage).op("i32.sub");
      f.i32(0).op("i32.ge_s").brIf(exit);
    },
    sleep: () => {
      f.i32(SLEEPERS).i32(1).memory("i32.atomic.rmw.add").op("drop");
      f.i32(OPEN_STAGE).get(open).i64(SLEEP_NS).memory("memory.atomic.wait32").op("drop");
      f.i32(SLEEPERS).i32(1).memory("i32.atomic.rmw.sub").op("drop");
    },
  });
}

function emitTake(f: FunctionBuilder, stage: Local, chunks: Local): void {
  const [ticket, chunk] = [f.local("i64"), f.local("i32")];
  f.loop((again) => {
    f.i32(TICKET).memory("i64.atomic.load").tee(ticket).i64(32n).op("i64.shr_u", "i32.wrap_i64");
    f.get(stage).op("i32.ne").if(() => f.i32(-1).return());
    f.get(ticket).op("i32.wrap_i64").tee(chunk).get(chunks).op("i32.ge_s");
    f.if(() => f.i32(-1).return());
    f.i32(TICKET).get(ticket, ticket).i64(1n).op("i64.add").memory("i64.atomic.rmw.cmpxchg");
    f.get(ticket).op("i64.ne").brIf(again);
  });
  f.get(chunk);
}

function emitFinishOne(f: FunctionBuilder): void {
  f.i32(DONE).i32(1).memory("i32.atomic.rmw.add").op("drop");
  f.i32(MAIN_SLEEPS).memory("i32.atomic.load").if(() => {
    f.i32(DONE).i32(-1).memory("memory.atomic.notify").op("drop");
  });
}

function emitFinishAll(f: FunctionBuilder, count: Local, mainMaySleep: boolean): void {
  const [done, spins] = f.locals("i32", 2);
  f.i32(SPINS).set(spins);
  spinThenSleep(f, spins, {
    leave: (exit) => {
      f.i32(DONE).memory("i32.atomic.load").tee(done).get(count).op("i32.eq").brIf(exit);
    },
    sleep: () => {
      f.i32(FAILED).memory("i32.atomic.load").if(() => f.op("unreachable"));
      if (!mainMaySleep) return;
      f.i32(MAIN_SLEEPS).i32(1).memory("i32.atomic.store");
      f.i32(DONE).get(done).i64(SLEEP_NS).memory("memory.atomic.wait32").op("drop");
      f.i32(MAIN_SLEEPS).i32(0).memory("i32.atomic.store");
    },
  });
}

/** Emits a loop that polls a condition many times, then sleeps, until the condition holds. */
function spinThenSleep(
  f: FunctionBuilder,
  spins: Local,
  { leave, sleep }: { leave: (exit: Label) => void; sleep: () => void },
): void {
  f.block((exit) => {
    f.loop((again) => {
      leave(exit);
      f.get(spins).i32(1).op("i32.sub").tee(spins).brIf(again);
      f.i32(SPINS).set(spins);
      sleep();
      f.br(again);
    });
  });
}

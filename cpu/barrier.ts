/** Emits the barrier at which the threads of a run wait for each other. */
import type { ModuleBuilder } from "./wasm/assembler.ts";
import type { FunctionHandle, Label, Local } from "./wasm/function_builder.ts";
import type { FunctionBuilder } from "./wasm/function_builder.ts";
import { BARRIER_ARRIVED, BARRIER_SLEEPERS, BARRIER_TURN, FAILED } from "./layout.ts";

/** Looks at the turn before a thread sleeps: some hundred microseconds, as long as a short stage. */
const SPINS = 200_000;

/** A sleeper looks at least this often whether another thread has failed. */
const SLEEP_NS = 50_000_000n;

/** Adds `barrier(thread, threads)`. */
export function emitBarrier(
  module: ModuleBuilder,
  { mainMaySleep }: { mainMaySleep: boolean },
): FunctionHandle {
  const params = ["i32", "i32"] as const;
  return module.function("barrier", { params }, (f, thread, threads) => {
    if (!thread || !threads) throw new Error("Internal: the barrier has two parameters");
    const [turn, spins] = [f.local("i32"), f.local("i32")];
    f.get(threads).i32(1).op("i32.le_s").if(() => f.return());
    f.i32(BARRIER_TURN).memory("i32.atomic.load").set(turn);
    f.i32(BARRIER_ARRIVED).i32(1).memory("i32.atomic.rmw.add").i32(1).op("i32.add");
    f.get(threads).op("i32.eq").if(() => emitRelease(f));
    f.i32(SPINS).set(spins);
    f.block((exit) => {
      f.loop((again) => {
        emitLeaveIfReleased(f, turn, exit);
        f.get(spins).i32(1).op("i32.sub").tee(spins).brIf(again);
        f.i32(SPINS).set(spins);
        f.i32(FAILED).memory("i32.atomic.load").if(() => f.op("unreachable"));
        if (!mainMaySleep) f.get(thread).op("i32.eqz").brIf(again);
        emitSleep(f, turn);
        f.br(again);
      });
    });
  });
}

/** The last thread to arrive lets the others go. */
function emitRelease(f: FunctionBuilder): void {
  f.i32(BARRIER_ARRIVED).i32(0).memory("i32.atomic.store");
  f.i32(BARRIER_TURN).i32(1).memory("i32.atomic.rmw.add").op("drop");
  f.i32(BARRIER_SLEEPERS).memory("i32.atomic.load").if(() => {
    f.i32(BARRIER_TURN).i32(-1).memory("memory.atomic.notify").op("drop");
  });
  f.return();
}

function emitLeaveIfReleased(f: FunctionBuilder, turn: Local, exit: Label): void {
  f.i32(BARRIER_TURN).memory("i32.atomic.load").get(turn).op("i32.ne").brIf(exit);
}

/**
 * Announces itself before it looks at the turn again, which the wait does atomically: so
 * either the last thread sees the sleeper, or the sleeper sees the new turn.
 */
function emitSleep(f: FunctionBuilder, turn: Local): void {
  f.i32(BARRIER_SLEEPERS).i32(1).memory("i32.atomic.rmw.add").op("drop");
  f.i32(BARRIER_TURN).get(turn).i64(SLEEP_NS).memory("memory.atomic.wait32").op("drop");
  f.i32(BARRIER_SLEEPERS).i32(1).memory("i32.atomic.rmw.sub").op("drop");
}

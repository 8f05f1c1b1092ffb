/**
 * The source of a worker as text, to be loaded from a Blob. That needs no file and no permission,
 * and works wherever this module was loaded from.
 */
import { callerSource } from "../native/_caller_source.ts";
import type { NativeStart } from "../native/machine.ts";
import { enterSymbols } from "../native/system.ts";
import { DONE, FAILED, STATE, WORD, WORKER_BYTES } from "./layout.ts";

/** The first message to a worker. */
export interface WorkerStart {
  readonly memory: WebAssembly.Memory;
  /** Byte address of the worker's words. */
  readonly words: number;
  /** Number of times it polls its state before it sleeps. */
  readonly spins: number;
  /** Milliseconds of sleep after which it exits. */
  readonly timeoutMs: number;
  /** How it calls native code; `undefined` if it never does. */
  readonly native: NativeStart | undefined;
}

/** JavaScript source of a worker. */
export const workerSource = `
"use strict";
onmessage = ({ data: { memory, words: at, spins, timeoutMs, native } }) => {
  const words = new Int32Array(memory.buffer, at, ${WORKER_BYTES / 4});
  const all = new Int32Array(memory.buffer);
  const kept = []; // programs by place: a new one takes the place of one that is gone
  let pages = 0;
  const symbols = native && Deno.dlopen(native.library, ${JSON.stringify(enterSymbols)}).symbols;
  const call = native ? native.call : 0;
  const entered = () => {
    const low = BigInt(words[${WORD.nativeCode}] >>> 0);
    const code = low | BigInt(words[${WORD.nativeCode + 1}] >>> 0) << 32n;
    if (code === 0n) return () => {};
    const places = { heap: native.heap, call, code };
    return (${callerSource})(symbols.bsearch, Deno.UnsafePointer.create, places);
  };
  const obey = () => {
    if (words[${WORD.pages}] !== pages) {
      // Growth by another thread may not have reached this thread's view yet: this fetches it.
      memory.grow(0);
      pages = words[${WORD.pages}];
    }
    const [program, place] = [words[${WORD.program}], words[${WORD.place}]];
    if (kept[place]?.program !== program) {
      const code = new Uint8Array(memory.buffer, words[${WORD.codeAddress}] >>> 0,
        words[${WORD.codeLength}]).slice();
      const host = { memory, enter: entered() };
      const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { host });
      kept[place] = { program, run: instance.exports.run };
    }
    kept[place].run(words[${WORD.thread}], words[${WORD.stage}], words[${WORD.table}], call);
  };
  const rest = () => {
    for (let i = spins; i > 0; i--) if (Atomics.load(words, 0) !== ${STATE.idle}) return true;
    if (Atomics.compareExchange(words, 0, ${STATE.idle}, ${STATE.asleep}) !== ${STATE.idle}) {
      return true;
    }
    Atomics.wait(words, 0, ${STATE.asleep}, timeoutMs);
    return Atomics.compareExchange(words, 0, ${STATE.asleep}, ${STATE.absent}) !== ${STATE.asleep};
  };
  Atomics.compareExchange(words, 0, ${STATE.starting}, ${STATE.idle});
  Atomics.notify(words, 0); // a long run waits for its workers
  for (;;) {
    const state = Atomics.load(words, 0);
    if (state === ${STATE.idle}) {
      if (!rest()) break;
    } else if (state === ${STATE.work}) {
      try {
        obey();
      } catch (error) {
        console.error(error);
        Atomics.store(all, ${FAILED / 4}, 1);
        Atomics.notify(all, ${DONE / 4});
      }
      Atomics.compareExchange(words, 0, ${STATE.work}, ${STATE.idle});
    } else if (state !== ${STATE.claimed}) break;
  }
  close();
};
`;

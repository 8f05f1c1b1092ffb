import { STATE, WORD, WORKER_BYTES } from "../../cpu/runtime/layout.ts";
import type { WorkerStart } from "../../cpu/runtime/_worker_source.ts";

/**
 * Replaces all workers until it is disposed. They do nothing by themselves: a test moves them, and
 * can make them later than any scheduler would.
 */
export class LateWorkers implements Disposable {
  readonly #original = globalThis.Worker;
  readonly #starts: WorkerStart[] = [];

  constructor() {
    const starts = this.#starts;
    globalThis.Worker = class extends EventTarget {
      postMessage(start: WorkerStart): void {
        starts.push(start);
      }
      terminate(): void {}
    } as unknown as typeof Worker;
  }

  /** Workers that were started. */
  get count(): number {
    return this.#starts.length;
  }

  /** Bytes of the memory that the workers share. */
  get memoryBytes(): number {
    return this.#starts[0]!.memory.buffer.byteLength;
  }

  /** Worker number `i` has nothing to do: it is there, or it has passed its run. */
  rest(i: number): void {
    Atomics.store(this.#words(i), WORD.state, STATE.idle);
  }

  /** What worker number `i` is about to read; `undefined` unless it was given a run. */
  task(i: number): LateTask | undefined {
    const words = this.#words(i);
    if (Atomics.load(words, WORD.state) !== STATE.work) return undefined;
    const { buffer } = this.#starts[i]!.memory;
    const copy = (address: number, length: number) =>
      new Uint8Array(buffer, address >>> 0, length).slice();
    return {
      program: words[WORD.program]!,
      place: words[WORD.place]!,
      thread: words[WORD.thread]!,
      code: copy(words[WORD.codeAddress]!, words[WORD.codeLength]!),
      table: copy(words[WORD.table]!, 16),
    };
  }

  #words(i: number): Int32Array {
    const { memory, words } = this.#starts[i]!;
    return new Int32Array(memory.buffer, words, WORKER_BYTES / 4);
  }

  [Symbol.dispose](): void {
    globalThis.Worker = this.#original;
  }
}

/** A run as a worker finds it in memory. */
export interface LateTask {
  readonly program: number;
  /** Where the worker keeps the program. */
  readonly place: number;
  /** Number of the thread, whose table and scratch memory the worker uses. */
  readonly thread: number;
  readonly code: Uint8Array;
  /** The first addresses of its slots. */
  readonly table: Uint8Array;
}

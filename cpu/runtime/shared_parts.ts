import type { Heap, Retirement } from "./heap.ts";

/** Most retired blocks, and most bytes of them, before waiting for the workers. */
const MOST_RETIRED = 256;
const MOST_RETIRED_BYTES = 16 * 2 ** 20;

/** The workers, as readers of the blocks of a run. */
export interface Readers {
  /** Number of the last run that any worker joined. */
  readonly lastRun: number;
  /** Number of the oldest run that a worker is still in; Infinity if there is none. */
  oldestRun(): number;
  /** Waits until no worker is in a run. */
  awaitWorkers(): void;
}

interface RetiredPart {
  readonly address: number;
  readonly byteLength: number;
  /** Number of the last run that may read the block. */
  readonly lastRun: number;
}

/**
 * Blocks of the heap that workers read at any time: the code of programs and the tables of
 * addresses. The main thread can finish a run before a worker has read its task. Such a block is
 * therefore retired, not released: it returns to the heap when every worker has passed the last run
 * that may read it.
 *
 * Nothing else needs this. Buffers, temporaries, and scratch memory are only accessed within chunks
 * that a worker has taken, and a run neither returns nor throws before all of them are finished.
 * Literals and the words of the workers are never released.
 */
export class SharedParts implements Retirement {
  readonly #heap: Heap;
  readonly #readers: Readers;
  /** Retired blocks, oldest first. */
  readonly #retired: RetiredPart[] = [];
  #retiredBytes = 0;

  /** The blocks of a heap that these workers read. */
  constructor(heap: Heap, readers: Readers) {
    this.#heap = heap;
    this.#readers = readers;
  }

  /** Total bytes of retired blocks. */
  get retiredBytes(): number {
    return this.#retiredBytes;
  }

  retire(address: number, byteLength: number): void {
    this.#retired.push({ address, byteLength, lastRun: this.#readers.lastRun });
    this.#retiredBytes += byteLength;
    this.#reclaim();
    const isTooMuch = this.#retired.length > MOST_RETIRED ||
      this.#retiredBytes > MOST_RETIRED_BYTES;
    if (isTooMuch) this.releaseAll();
  }

  /** Releases the blocks that all workers have passed. */
  #reclaim(): void {
    const oldestRun = this.#readers.oldestRun();
    let count = 0;
    for (const { address, byteLength, lastRun } of this.#retired) {
      if (lastRun >= oldestRun) break;
      this.#heap.release(address, byteLength);
      this.#retiredBytes -= byteLength;
      count++;
    }
    this.#retired.splice(0, count);
  }

  releaseAll(): boolean {
    if (this.#retired.length === 0) return false;
    this.#readers.awaitWorkers();
    this.#reclaim();
    return true;
  }
}

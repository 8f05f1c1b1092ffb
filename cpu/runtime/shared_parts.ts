import type { Heap } from "./heap.ts";

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
export class SharedParts {
  readonly #heap: Heap;
  readonly #readers: () => Readers | undefined;
  /** Retired blocks, oldest first. */
  readonly #retired: RetiredPart[] = [];
  #retiredBytes = 0;

  /** While `readers` returns none, there are no workers, and blocks are released immediately. */
  constructor(heap: Heap, readers: () => Readers | undefined) {
    this.#heap = heap;
    this.#readers = readers;
    heap.onFull = () => this.#awaitAll();
  }

  /** Total bytes of retired blocks. */
  get retiredBytes(): number {
    return this.#retiredBytes;
  }

  /** Returns a block to the heap as soon as no worker can use it. */
  retire(address: number, byteLength: number): void {
    const readers = this.#readers();
    if (!readers) return this.#heap.release(address, byteLength);
    this.#retired.push({ address, byteLength, lastRun: readers.lastRun });
    this.#retiredBytes += byteLength;
    this.#reclaim(readers);
    const isTooMuch = this.#retired.length > MOST_RETIRED ||
      this.#retiredBytes > MOST_RETIRED_BYTES;
    if (isTooMuch) this.#awaitAll();
  }

  /** Releases the blocks that all workers have passed. */
  #reclaim(readers: Readers): void {
    const oldestRun = readers.oldestRun();
    let count = 0;
    for (const { address, byteLength, lastRun } of this.#retired) {
      if (lastRun >= oldestRun) break;
      this.#heap.release(address, byteLength);
      this.#retiredBytes -= byteLength;
      count++;
    }
    this.#retired.splice(0, count);
  }

  /** Waits for the workers. Returns whether that released anything. */
  #awaitAll(): boolean {
    const readers = this.#readers();
    if (!readers || this.#retired.length === 0) return false;
    readers.awaitWorkers();
    this.#reclaim(readers);
    return true;
  }
}

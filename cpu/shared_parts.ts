import type { Heap } from "./heap.ts";

/** More retired parts, or bytes of them, than this are waited for. */
const MOST_RETIRED = 256;
const MOST_RETIRED_BYTES = 16 * 2 ** 20;

/** The workers, as far as they may still read what a run was given. */
export interface Readers {
  /** Number of the last run that any worker joined. */
  readonly lastRun: number;
  /** Number of the oldest run that a worker is still in; Infinity if none is in any. */
  oldestRun(): number;
  /** Waits until no worker is in a run. */
  awaitPassed(): void;
}

interface RetiredPart {
  readonly address: number;
  readonly byteLength: number;
  /** The last run that may read it. */
  readonly lastRun: number;
}

/**
 * The parts of the heap that workers read at a time of their own choosing: the code of programs
 * and the tables of addresses. The main thread can finish a run before a worker has even looked
 * at what it should do, so such a part is retired rather than released: it returns to the heap
 * when every worker has passed the last run that may read it.
 *
 * Nothing else needs this. Buffers, temporaries and scratch memory are touched only within a
 * chunk that a worker has taken, and a run neither returns nor throws before all chunks that were
 * taken are finished. Literals, and the words of the workers, are never released.
 */
export class SharedParts {
  readonly #heap: Heap;
  readonly #readers: Readers | undefined;
  /** Oldest first. */
  readonly #retired: RetiredPart[] = [];
  #retiredBytes = 0;

  /** Without `readers` there are no workers, and nothing is kept for them. */
  constructor(heap: Heap, readers: Readers | undefined) {
    this.#heap = heap;
    this.#readers = readers;
    heap.onFull = () => this.#awaitAll();
  }

  /** Bytes that wait for workers. */
  get retiredBytes(): number {
    return this.#retiredBytes;
  }

  /** Gives a part back to the heap as soon as no worker can read it. */
  retire(address: number, byteLength: number): void {
    if (!this.#readers) return this.#heap.release(address, byteLength);
    this.#retired.push({ address, byteLength, lastRun: this.#readers.lastRun });
    this.#retiredBytes += byteLength;
    this.#reclaim(this.#readers);
    const isTooMuch = this.#retired.length > MOST_RETIRED ||
      this.#retiredBytes > MOST_RETIRED_BYTES;
    if (isTooMuch) this.#awaitAll();
  }

  /** Releases what all workers have passed. */
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

  /** Waits for the workers; says whether that released anything. */
  #awaitAll(): boolean {
    if (!this.#readers || this.#retired.length === 0) return false;
    this.#readers.awaitPassed();
    this.#reclaim(this.#readers);
    return true;
  }
}

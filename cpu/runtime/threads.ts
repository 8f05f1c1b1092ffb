/** The worker pool of a backend. Workers start on demand, spin for a while, sleep, and exit. */
import { DeviceError } from "../../graph/errors.ts";
import type { NativeMachine } from "../native/machine.ts";
import type { Heap } from "./heap.ts";
import { macrotask } from "./macrotask.ts";
import { Pace } from "./pace.ts";
import type { Readers } from "./shared_parts.ts";
import { workerSource, type WorkerStart } from "./_worker_source.ts";
import { FAILED, OPEN_STAGE, STATE, TICKET, WORKER_BYTES, WORKERS } from "./layout.ts";
import { type SharedProgram, WorkerSlot } from "./worker_slot.ts";

/** Number of times that an idle worker polls its state before it sleeps: about 50 microseconds. */
const IDLE_SPINS = 20_000;

/**
 * Idle time in milliseconds after which a worker exits, so that a program that did not dispose the
 * backend still terminates. The next run that needs the worker starts a new one.
 */
const IDLE_TIMEOUT_MS = 500;

/**
 * A program with at least this many vector instructions (about 80 ms) waits for workers to start.
 * That takes about 20 ms, and a worker cannot join a run that has begun.
 */
const WORTH_WAITING = 200_000_000;

/** Longest time to wait for a worker to start, in milliseconds. */
const START_TIMEOUT_MS = 200;

/** Longest sleep between two checks of a worker, in milliseconds. */
const POLL_MS = 1;

/**
 * Number of the first stage: close to the largest i32, so that every long run exercises wraparound.
 */
const FIRST_STAGE = 2 ** 31 - 1000;

/**
 * Stage numbers are compared by difference, so no worker may fall behind by half the range. The
 * main thread waits for all workers whenever the number leaves a block of 2 to this power.
 */
const STAGE_BLOCK_BITS = 28;

/** A number larger than the chunk count of any stage. */
const NO_CHUNK_LEFT = 0x7fff_ffffn;

/** A program, and whether workers have sped it up so far. */
export interface Job {
  readonly program: SharedProgram;
  /** The address of the tables of addresses. */
  readonly table: number;
  readonly pace: Pace;
}

/** The main thread's handle on the workers. */
export class Threads implements Readers {
  readonly #heap: Heap;
  readonly #native: NativeMachine | undefined;
  readonly #words: Int32Array;
  readonly #workers: readonly WorkerSlot[];
  #lastRun = 0;
  #source: string | undefined;
  #refused = false;
  #stopped = false;
  /** Number of the most recently opened stage. */
  #stage = FIRST_STAGE;

  /**
   * Makes a pool of `count` threads, including the main thread. `native` is what runs native code,
   * if any program has it.
   */
  constructor(heap: Heap, count: number, native?: NativeMachine) {
    this.#heap = heap;
    this.#native = native;
    this.#words = new Int32Array(heap.memory.buffer, 0, WORKERS / 4 + count * WORKER_BYTES / 4);
    this.#workers = Array.from(
      { length: count - 1 },
      (_, number) => new WorkerSlot(this.#words, number),
    );
    this.#closeStage();
  }

  /** A job that has not run yet. */
  jobOf(program: SharedProgram, table: number): Job {
    return { program, table, pace: new Pace() };
  }

  /** Number of threads that would take part in a run now. */
  get ready(): number {
    return 1 + this.#workers.filter(({ isResting }) => isResting).length;
  }

  /** Number of the last run that any worker joined. */
  get lastRun(): number {
    return this.#lastRun;
  }

  /** Number of the oldest run that a worker is still in; Infinity if there is none. */
  oldestRun(): number {
    const joined = this.#workers.map((worker) => worker.isAtWork ? worker.joined : Infinity);
    return Math.min(Infinity, ...joined);
  }

  /** Waits until no worker is in a run. */
  awaitWorkers(): void {
    for (const worker of this.#workers) {
      while (worker.isAtWork) worker.waitWhile(STATE.work, POLL_MS);
    }
  }

  /**
   * Waits until the workers that are starting have reported, for at most 200 ms. On a page, they start
   * only while its event loop turns.
   */
  async started(): Promise<void> {
    const end = performance.now() + START_TIMEOUT_MS;
    while (this.#isStarting() && performance.now() < end) await macrotask();
  }

  #isStarting(): boolean {
    return !this.#refused && this.#workers.some(({ isStarting }) => isStarting);
  }

  /** Starts all missing workers, without waiting. Each reports when it is ready. */
  start(): void {
    for (const [i, worker] of this.#workers.entries()) {
      if (this.#refused || this.#stopped) return;
      worker.start(() => this.#make(i));
    }
  }

  #make(i: number): Worker | undefined {
    try {
      this.#source ??= URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
      const worker = new Worker(this.#source, { type: "module", name: `gspace cpu ${i + 1}` });
      worker.onerror = (event) => {
        event.preventDefault();
        this.#refuse();
      };
      const start: WorkerStart = {
        memory: this.#heap.memory,
        words: this.#workers[i]!.address,
        spins: IDLE_SPINS,
        timeoutMs: IDLE_TIMEOUT_MS,
        native: this.#native?.startOf(i),
      };
      worker.postMessage(start);
      return worker;
    } catch {
      this.#refuse();
      return undefined;
    }
  }

  /**
   * Called if workers cannot be created (for example, by a content security policy): runs on one
   * thread from then on.
   */
  #refuse(): void {
    this.#refused = true;
  }

  /**
   * Runs `own`, the work of thread 0, while every ready worker takes chunks of the same stages.
   * `own` would also complete them without workers: results do not depend on which thread takes which chunk.
   */
  run(
    { program, table, pace }: Job,
    own: (stage: number) => void,
  ): void {
    const stage = this.#stage;
    this.#stage = (stage + program.sharedStages) | 0;
    if (this.#stage >> STAGE_BLOCK_BITS !== stage >> STAGE_BLOCK_BITS) this.awaitWorkers();
    const isSerial = pace.mode === "serial";
    if (!isSerial) this.start();
    if (!isSerial && program.sharedCost >= WORTH_WAITING) this.#awaitStart();
    const startMs = performance.now();
    const claimed = isSerial ? [] : this.#workers.filter((worker) => worker.claim());
    if (claimed.length > 0) this.#lastRun++;
    const pages = this.#heap.memory.buffer.byteLength / 65536;
    for (const worker of claimed) {
      worker.joined = this.#lastRun;
      worker.assign({ program, table, stage, pages });
    }
    try {
      own(stage);
    } catch (cause) {
      this.#recover(cause);
      throw cause;
    }
    if (Atomics.load(this.#words, FAILED / 4) !== 0) this.#recover();
    if (isSerial || claimed.length > 0) pace.record(performance.now() - startMs);
  }

  /** Waits for starting workers, if this thread may block. */
  #awaitStart(): void {
    const end = performance.now() + START_TIMEOUT_MS;
    for (const worker of this.#workers) {
      worker.waitWhile(STATE.starting, Math.max(0, end - performance.now()));
    }
  }

  /**
   * Handles a failure in any thread: no thread takes another chunk of the run, and the run ends
   * when every worker has left it. A failed worker reports its error on the console.
   *
   * @throws {DeviceError} if a worker failed
   */
  #recover(cause?: unknown): void {
    this.#closeStage();
    this.awaitWorkers();
    if (Atomics.exchange(this.#words, FAILED / 4, 0) === 0) return;
    throw new DeviceError(
      "Cannot run on several threads: a worker failed: see the console",
      { cause },
    );
  }

  /**
   * Opens the last stage with no chunks left, which releases every thread that waits for a stage.
   */
  #closeStage(): void {
    const ticket = BigInt.asIntN(64, BigInt(this.#stage) << 32n | NO_CHUNK_LEFT);
    Atomics.store(new BigInt64Array(this.#words.buffer, TICKET, 1), 0, ticket);
    Atomics.notify(this.#words, OPEN_STAGE / 4);
  }

  /** Terminates all workers. They may notice late, but only access memory until then. */
  stop(): void {
    this.#stopped = true;
    for (const worker of this.#workers) worker.stop();
    if (this.#source) URL.revokeObjectURL(this.#source);
    this.#source = undefined;
  }
}

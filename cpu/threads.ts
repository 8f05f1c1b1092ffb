/** The workers of a backend: they come when needed, spin a while, sleep, and go. */
import { DeviceError } from "../graph/errors.ts";
import type { Heap } from "./heap.ts";
import type { Pace } from "./pace.ts";
import type { Readers } from "./shared_parts.ts";
import { workerSource, type WorkerStart } from "./_worker_source.ts";
import { FAILED, OPEN_STAGE, STATE, TICKET, WORD, WORKER_BYTES, WORKERS } from "./layout.ts";

/** Looks at its state before a resting worker sleeps: some fifty microseconds. */
const IDLE_SPINS = 20_000;

/**
 * A worker that had nothing to do for so long goes away, so that a program that forgot to
 * dispose of the backend ends by itself. The next run that needs it starts a new one.
 */
const PATIENCE_MS = 500;

/**
 * A program of so many vector instructions (some 80 ms) waits for workers that are starting: they
 * take some 20 ms, and cannot join a run that has begun.
 */
const WORTH_WAITING = 200_000_000;

/** A worker that takes longer to start is not waited for. */
const START_PATIENCE_MS = 200;

/** Looks at a worker that is about to finish before a run goes on without it. */
const FINISH_SPINS = 2_000;

/** The most milliseconds between two looks at a worker that is waited for. */
const LOOK_MS = 1;

/** The first stage's number: so near to the end of 32 bits that every long run sees them wrap. */
const FIRST_STAGE = 2 ** 31 - 1000;

/**
 * Stage numbers are compared by their difference, so no worker may fall behind by half of them:
 * all are waited for whenever the number leaves a block of 2 to this power.
 */
const STAGE_BLOCK_BITS = 28;

/** More chunks than a stage has. */
const NO_CHUNK_LEFT = 0x7fff_ffffn;

/** A program as workers get it. */
export interface SharedProgram {
  readonly id: number;
  /** Where workers keep it; no other program that is in use has the same number. */
  readonly place: number;
  /** Where a copy of the module's bytes lies in the heap. */
  readonly codeAddress: number;
  readonly codeLength: number;
  /** Stages of a run that are shared out. */
  readonly sharedStages: number;
  /** Vector instructions of these, roughly. */
  readonly sharedCost: number;
}

/** The main thread's side of the workers. */
export class Threads implements Readers {
  readonly #heap: Heap;
  readonly #workers: (Worker | undefined)[];
  readonly #words: Int32Array;
  readonly #claimed: number[] = [];
  /** The last run that each worker joined. */
  readonly #joined: number[];
  #lastRun = 0;
  #source: string | undefined;
  #refused = false;
  #stopped = false;
  /** Number of the last stage that was opened. */
  #stage = FIRST_STAGE;

  /** `count` threads, the main thread included. */
  constructor(heap: Heap, count: number) {
    this.#heap = heap;
    this.#workers = new Array(count - 1).fill(undefined);
    this.#joined = new Array(count - 1).fill(0);
    this.#words = new Int32Array(heap.memory.buffer, 0, WORKERS / 4 + count * WORKER_BYTES / 4);
    this.#closeStage();
  }

  /** Threads that would take part in a run right now. */
  get ready(): number {
    const resting: readonly number[] = [STATE.idle, STATE.asleep];
    return 1 +
      this.#workers.filter((_, i) =>
        resting.includes(Atomics.load(this.#words, this.#word(i, WORD.state)))
      ).length;
  }

  /** Number of the last run that any worker joined. */
  get lastRun(): number {
    return this.#lastRun;
  }

  /** Number of the oldest run that a worker is still in; Infinity if none is in any. */
  oldestRun(): number {
    let oldest = Infinity;
    for (let i = 0; i < this.#joined.length; i++) {
      if (this.#isAtWork(i)) oldest = Math.min(oldest, this.#joined[i]!);
    }
    return oldest;
  }

  /** Waits until no worker is in a run. */
  awaitPassed(): void {
    for (let i = 0; i < this.#workers.length; i++) {
      while (this.#isAtWork(i)) this.#waitWhile(i, STATE.work, LOOK_MS);
    }
  }

  #isAtWork(i: number): boolean {
    return Atomics.load(this.#words, this.#word(i, WORD.state)) === STATE.work;
  }

  /** Starts the workers that are not there; they report by themselves when they are. */
  start(): void {
    for (let i = 0; i < this.#workers.length && !this.#refused && !this.#stopped; i++) {
      const word = this.#word(i, WORD.state);
      if (this.#workers[i] && Atomics.load(this.#words, word) !== STATE.absent) continue;
      this.#workers[i]?.terminate();
      Atomics.store(this.#words, word, STATE.starting);
      this.#workers[i] = this.#spawn(i);
    }
  }

  #spawn(i: number): Worker | undefined {
    try {
      this.#source ??= URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
      const worker = new Worker(this.#source, { type: "module", name: `gspace cpu ${i + 1}` });
      worker.onerror = (event) => {
        event.preventDefault();
        this.#refuse();
      };
      const start: WorkerStart = {
        memory: this.#heap.memory,
        words: WORKERS + i * WORKER_BYTES,
        spins: IDLE_SPINS,
        patienceMs: PATIENCE_MS,
      };
      worker.postMessage(start);
      return worker;
    } catch {
      this.#refuse();
      return undefined;
    }
  }

  /** Workers cannot be had here (a content security policy, for example): go on alone. */
  #refuse(): void {
    this.#refused = true;
  }

  /**
   * Runs `own`, the program's work of thread 0, while every worker that is ready takes
   * chunks of the same stages. `own` would do all of it by itself: who takes which chunk
   * makes no difference to the results.
   */
  run(
    { program, table, pace }: { program: SharedProgram; table: number; pace: Pace },
    own: (stage: number) => void,
  ): void {
    const stage = this.#stage;
    this.#stage = (stage + program.sharedStages) | 0;
    if (this.#stage >> STAGE_BLOCK_BITS !== stage >> STAGE_BLOCK_BITS) this.awaitPassed();
    const alone = pace.company === "alone";
    if (!alone) this.start();
    if (!alone && program.sharedCost >= WORTH_WAITING) this.#awaitStart();
    const startMs = performance.now();
    const claimed = alone ? [] : this.#claim();
    if (claimed.length > 0) this.#lastRun++;
    for (const [k, i] of claimed.entries()) {
      this.#tell(i, { program, table, thread: k + 1, stage });
    }
    try {
      own(stage);
    } catch (cause) {
      this.#recover(cause);
      throw cause;
    }
    if (Atomics.load(this.#words, FAILED / 4) !== 0) this.#recover();
    if (alone || claimed.length > 0) pace.record(performance.now() - startMs);
  }

  /** Waits for workers that are starting, where this thread may wait. */
  #awaitStart(): void {
    const end = performance.now() + START_PATIENCE_MS;
    for (let i = 0; i < this.#workers.length; i++) {
      this.#waitWhile(i, STATE.starting, Math.max(0, end - performance.now()));
    }
  }

  /** Sleeps while a worker is in a state, but not for longer than so many milliseconds. */
  #waitWhile(i: number, state: number, milliseconds: number): void {
    try {
      Atomics.wait(this.#words, this.#word(i, WORD.state), state, milliseconds);
    } catch (error) {
      // the main thread of a browser may not wait: it looks again, or continues without the worker
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** Takes all workers that are ready. */
  #claim(): readonly number[] {
    this.#claimed.length = 0;
    for (let i = 0; i < this.#workers.length; i++) {
      const word = this.#word(i, WORD.state);
      for (let spins = FINISH_SPINS; spins > 0; spins--) {
        if (Atomics.load(this.#words, word) !== STATE.work) break;
      }
      for (const state of [STATE.idle, STATE.asleep] as const) {
        if (Atomics.compareExchange(this.#words, word, state, STATE.claimed) !== state) continue;
        this.#claimed.push(i);
        break;
      }
    }
    return this.#claimed;
  }

  #tell(
    i: number,
    { program, table, thread, stage }: {
      program: SharedProgram;
      table: number;
      thread: number;
      stage: number;
    },
  ): void {
    const at = this.#word(i, 0);
    this.#joined[i] = this.#lastRun;
    this.#words[at + WORD.program] = program.id;
    this.#words[at + WORD.place] = program.place;
    this.#words[at + WORD.codeAddress] = program.codeAddress;
    this.#words[at + WORD.codeLength] = program.codeLength;
    this.#words[at + WORD.table] = table;
    this.#words[at + WORD.thread] = thread;
    this.#words[at + WORD.stage] = stage;
    this.#words[at + WORD.pages] = this.#heap.memory.buffer.byteLength / 65536;
    Atomics.store(this.#words, at + WORD.state, STATE.work);
    Atomics.notify(this.#words, at + WORD.state);
  }

  /**
   * After a failure of any thread: nobody takes another chunk of the run, and the run ends when
   * every worker has passed it. If a worker failed, its error is on the console.
   *
   * @throws {DeviceError} if a worker failed
   */
  #recover(cause?: unknown): void {
    this.#closeStage();
    this.awaitPassed();
    if (Atomics.exchange(this.#words, FAILED / 4, 0) === 0) return;
    throw new DeviceError(
      "Cannot run on several threads: a worker failed: see the console",
      { cause },
    );
  }

  /** Opens the last stage with no chunk left: whoever waits for it or a stage before passes on. */
  #closeStage(): void {
    const ticket = BigInt.asIntN(64, BigInt(this.#stage) << 32n | NO_CHUNK_LEFT);
    Atomics.store(new BigInt64Array(this.#words.buffer, TICKET, 1), 0, ticket);
    Atomics.notify(this.#words, OPEN_STAGE / 4);
  }

  /** Ends all workers for good; they may be late in noticing, and touch nothing but memory. */
  stop(): void {
    this.#stopped = true;
    this.#workers.forEach((worker, i) => {
      const word = this.#word(i, WORD.state);
      Atomics.store(this.#words, word, STATE.exit);
      Atomics.notify(this.#words, word);
      worker?.terminate();
      this.#workers[i] = undefined;
      Atomics.store(this.#words, word, STATE.absent);
    });
    if (this.#source) URL.revokeObjectURL(this.#source);
    this.#source = undefined;
  }

  #word(i: number, word: number): number {
    return (WORKERS + i * WORKER_BYTES) / 4 + word;
  }
}

/** The workers of a backend: they come when needed, spin a while, sleep, and go. */
import { DeviceError } from "../graph/errors.ts";
import type { Heap } from "./heap.ts";
import type { Pace } from "./pace.ts";
import { workerSource, type WorkerStart } from "./_worker_source.ts";
import {
  COMMAND,
  FAILED,
  MAIN_SLEEPS,
  SLEEPERS,
  STATE,
  WORD,
  WORKER_BYTES,
  WORKERS,
} from "./layout.ts";

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

/** A program as workers get it. */
export interface SharedProgram {
  readonly id: number;
  /** Where a copy of the module's bytes lies in the heap. */
  readonly codeAddress: number;
  readonly codeLength: number;
  /** Stages of a run that are shared out. */
  readonly sharedStages: number;
  /** Vector instructions of these, roughly. */
  readonly sharedCost: number;
}

/** The main thread's side of the workers. */
export class Threads {
  readonly #heap: Heap;
  readonly #count: number;
  readonly #workers: (Worker | undefined)[];
  readonly #words: Int32Array;
  readonly #claimed: number[] = [];
  #source: string | undefined;
  #refused = false;
  /** Number of the last stage that was opened. */
  #stage = 0;

  /** `count` threads, the main thread included. */
  constructor(heap: Heap, count: number) {
    this.#heap = heap;
    this.#count = count;
    this.#workers = new Array(count - 1).fill(undefined);
    this.#words = new Int32Array(heap.memory.buffer, 0, WORKERS / 4 + count * WORKER_BYTES / 4);
  }

  /** Threads that may take part in a run. */
  get count(): number {
    return this.#refused ? 1 : this.#count;
  }

  /** Threads that would take part in a run right now. */
  get ready(): number {
    const resting: readonly number[] = [STATE.idle, STATE.asleep];
    return 1 +
      this.#workers.filter((_, i) =>
        resting.includes(Atomics.load(this.#words, this.#word(i, WORD.state)))
      ).length;
  }

  /** Starts the workers that are not there; they report by themselves when they are. */
  start(): void {
    for (let i = 0; i < this.#workers.length && !this.#refused; i++) {
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
    const alone = pace.company === "alone";
    if (!alone) this.start();
    if (!alone && program.sharedCost >= WORTH_WAITING) this.#awaitStart();
    const startMs = performance.now();
    const claimed = alone ? [] : this.#claim();
    for (const [k, i] of claimed.entries()) {
      this.#tell(i, { command: COMMAND.run, program, table, thread: k + 1, stage });
    }
    try {
      own(stage);
    } catch (error) {
      this.#recover();
      throw error;
    }
    this.#checkWorkers();
    if (alone || claimed.length > 0) pace.record(performance.now() - startMs);
  }

  /** Waits for workers that are starting, where this thread may wait. */
  #awaitStart(): void {
    const end = performance.now() + START_PATIENCE_MS;
    try {
      for (let i = 0; i < this.#workers.length; i++) {
        const left = Math.max(0, end - performance.now());
        Atomics.wait(this.#words, this.#word(i, WORD.state), STATE.starting, left);
      }
    } catch (error) {
      // the main thread of a browser may not wait: its run goes on alone
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** Drops what workers keep of a program. */
  forget(program: SharedProgram): void {
    for (const i of this.#claim()) {
      this.#tell(i, { command: COMMAND.forget, program, table: 0, thread: 0, stage: 0 });
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
    { command, program, table, thread, stage }: {
      command: number;
      program: SharedProgram;
      table: number;
      thread: number;
      stage: number;
    },
  ): void {
    const at = this.#word(i, 0);
    this.#words[at + WORD.command] = command;
    this.#words[at + WORD.program] = program.id;
    this.#words[at + WORD.codeAddress] = program.codeAddress;
    this.#words[at + WORD.codeLength] = program.codeLength;
    this.#words[at + WORD.table] = table;
    this.#words[at + WORD.thread] = thread;
    this.#words[at + WORD.stage] = stage;
    this.#words[at + WORD.pages] = this.#heap.memory.buffer.byteLength / 65536;
    Atomics.store(this.#words, at + WORD.state, STATE.work);
    Atomics.notify(this.#words, at + WORD.state);
  }

  /** A worker that fails leaves its error on the console; the next run tells of it too. */
  #checkWorkers(): void {
    if (Atomics.load(this.#words, FAILED / 4) === 0) return;
    this.#recover();
    throw new DeviceError("Cannot run on several threads: a worker failed: see the console");
  }

  /** After a failure nobody knows who waits where: end all workers and begin anew. */
  #recover(): void {
    Atomics.store(this.#words, FAILED / 4, 1);
    this.stop();
    for (const at of [MAIN_SLEEPS, SLEEPERS, FAILED]) {
      Atomics.store(this.#words, at / 4, 0);
    }
  }

  /** Ends all workers. */
  stop(): void {
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

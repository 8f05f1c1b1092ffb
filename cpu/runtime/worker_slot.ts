import { STATE, WORD, WORKER_BYTES, WORKERS } from "./layout.ts";

/** Number of times to poll a worker that is about to finish before running without it. */
const FINISH_SPINS = 2_000;

/** A program as it is sent to workers. */
export interface SharedProgram {
  readonly id: number;
  /** Index at which workers store the program; unique among the programs in use. */
  readonly place: number;
  /** Address of a copy of the module's bytes in the heap. */
  readonly codeAddress: number;
  readonly codeLength: number;
  /** Address of the program's native code; `undefined` if it has none. */
  readonly nativeCode?: bigint | undefined;
  /** Number of shared stages in a run. */
  readonly sharedStages: number;
  /** Approximate number of vector instructions of these stages. */
  readonly sharedCost: number;
}

/** A run as it is sent to a worker. */
export interface Assignment {
  readonly program: SharedProgram;
  /** Address of the tables of addresses. */
  readonly table: number;
  /** Number of the stage before the first one. */
  readonly stage: number;
  /** Number of memory pages that the main thread sees. */
  readonly pages: number;
}

/** One worker of a pool, and the words in the heap through which it gets its work. */
export class WorkerSlot {
  /** Byte address of its words. */
  readonly address: number;
  /** The last run that it joined. */
  joined = 0;
  readonly #words: Int32Array;
  readonly #number: number;
  readonly #first: number;
  #worker: Worker | undefined;

  /** The slot with this number, from 0; `words` are those of the heap. */
  constructor(words: Int32Array, number: number) {
    this.#words = words;
    this.#number = number;
    this.address = WORKERS + number * WORKER_BYTES;
    this.#first = this.address / 4;
  }

  get #state(): number {
    return Atomics.load(this.#words, this.#first + WORD.state);
  }

  set #state(state: number) {
    Atomics.store(this.#words, this.#first + WORD.state, state);
    Atomics.notify(this.#words, this.#first + WORD.state);
  }

  /** Whether it can be claimed. */
  get isResting(): boolean {
    const state = this.#state;
    return state === STATE.idle || state === STATE.asleep;
  }

  /** Whether it is in a run. */
  get isAtWork(): boolean {
    return this.#state === STATE.work;
  }

  /** Whether it was made and has not reported yet. */
  get isStarting(): boolean {
    return this.#worker !== undefined && this.#state === STATE.starting;
  }

  /** Makes a worker, unless there is one. */
  start(make: () => Worker | undefined): void {
    if (this.#worker && this.#state !== STATE.absent) return;
    this.#worker?.terminate();
    this.#state = STATE.starting;
    this.#worker = make();
  }

  /** Sleeps while the worker is in a state, for at most the given number of milliseconds. */
  waitWhile(state: number, milliseconds: number): void {
    try {
      Atomics.wait(this.#words, this.#first + WORD.state, state, milliseconds);
    } catch (error) {
      // A browser's main thread must not block: it polls again, or runs without the worker.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** Claims the worker for a run, if it is idle or about to be. */
  claim(): boolean {
    const word = this.#first + WORD.state;
    for (let spins = FINISH_SPINS; spins > 0 && this.isAtWork;) spins--;
    return [STATE.idle, STATE.asleep].some((state) =>
      Atomics.compareExchange(this.#words, word, state, STATE.claimed) === state
    );
  }

  /** Sends a run to the worker, which must have been claimed for it. */
  assign({ program, table, stage, pages }: Assignment): void {
    const { nativeCode = 0n } = program;
    const at = this.#first;
    this.#words[at + WORD.program] = program.id;
    this.#words[at + WORD.place] = program.place;
    this.#words[at + WORD.codeAddress] = program.codeAddress;
    this.#words[at + WORD.codeLength] = program.codeLength;
    this.#words[at + WORD.nativeCode] = Number(BigInt.asIntN(32, nativeCode));
    this.#words[at + WORD.nativeCode + 1] = Number(nativeCode >> 32n);
    this.#words[at + WORD.table] = table;
    // Always the same: a worker that is late in another run still uses the table of its thread.
    this.#words[at + WORD.thread] = this.#number + 1;
    this.#words[at + WORD.stage] = stage;
    this.#words[at + WORD.pages] = pages;
    this.#state = STATE.work;
  }

  /** Terminates it. It may notice late, but only accesses memory until then. */
  stop(): void {
    this.#state = STATE.exit;
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#state = STATE.absent;
  }
}

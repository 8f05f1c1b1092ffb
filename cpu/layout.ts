/** Where things lie in the backend's memory, in bytes, and what thread words hold. */

/** The barrier's turn counter: it changes when all threads have arrived. */
export const BARRIER_TURN = 64;
/** How many threads have arrived at the barrier. */
export const BARRIER_ARRIVED = 128;
/** How many threads sleep at the barrier. */
export const BARRIER_SLEEPERS = 192;
/** Not zero once a thread has failed; those who wait for it give up. */
export const FAILED = 256;

/** The words of worker `i` begin at `WORKERS + i · WORKER_BYTES`. */
export const WORKERS = 1024;
export const WORKER_BYTES = 64;
/** As many workers as there is room for. */
export const MOST_WORKERS = 64;

/** Literals of generated code lie between these addresses. */
export const CONSTANTS = WORKERS + MOST_WORKERS * WORKER_BYTES;
export const CONSTANTS_END = 8192;

/** Buffers begin here. */
export const HEAP_START = CONSTANTS_END;

/** A worker's words. */
export const WORD = {
  state: 0,
  command: 1,
  program: 2,
  codeAddress: 3,
  codeLength: 4,
  table: 5,
  thread: 6,
  threads: 7,
  /** Pages of memory that the main thread sees. */
  pages: 8,
} as const;

/** What a worker is doing; it moves itself from `starting` or `work` to `idle`. */
export const STATE = {
  /** Not there: never started, or gone after a long rest. */
  absent: 0,
  starting: 1,
  /** Spinning: a change of the word is seen at once. */
  idle: 2,
  /** Waiting for a notification of the word. */
  asleep: 3,
  /** Taken by the main thread, which is about to say what to do. */
  claimed: 4,
  work: 5,
  exit: 6,
} as const;

/** What a worker is told to do. */
export const COMMAND = { run: 0, forget: 1 } as const;

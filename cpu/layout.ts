/** Where things lie in the backend's memory, in bytes, and what thread words hold. */

/** 64 bits: the number of the next chunk, and above it the number of the open stage. */
export const TICKET = 64;
/** The open stage alone: the upper half of the ticket. */
export const OPEN_STAGE = TICKET + 4;
/** Chunks of the open stage that workers have finished. */
export const DONE = 128;
/** How many workers sleep until a stage opens. */
export const SLEEPERS = 192;
/** 1 while the main thread sleeps until workers have finished. */
export const MAIN_SLEEPS = 256;
/** Not zero once a worker has failed; the main thread does not wait for it then. */
export const FAILED = 320;
/** The record of a violation in checked mode; see `checked/violation.ts`. */
export const VIOLATION = 384;

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
  /** Number of the program, and where in its list the worker keeps it. */
  program: 1,
  place: 2,
  codeAddress: 3,
  codeLength: 4,
  table: 5,
  thread: 6,
  /** Number of the stage before the run's first one. */
  stage: 7,
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

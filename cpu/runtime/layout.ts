/** The layout of the backend's memory, in bytes, and the contents of its control words. */

/** 64 bits: the number of the next chunk (low half) and of the open stage (high half). */
export const TICKET = 64;
/** The open stage: the high half of the ticket. */
export const OPEN_STAGE = TICKET + 4;
/** Number of chunks of the open stage that workers have finished. */
export const DONE = 128;
/** Number of workers that sleep until a stage opens. */
export const SLEEPERS = 192;
/** 1 while the main thread sleeps until workers have finished. */
export const MAIN_SLEEPS = 256;
/** Nonzero once a worker has failed. The main thread then stops waiting. */
export const FAILED = 320;
/** The record of a violation in checked mode; see `checked/violation.ts`. */
export const VIOLATION = 384;

/** The words of worker `i` begin at `WORKERS + i · WORKER_BYTES`. */
export const WORKERS = 1024;
export const WORKER_BYTES = 64;
/** Maximum number of workers. */
export const MOST_WORKERS = 64;

/** Vector literals of generated code are between these addresses. */
export const CONSTANTS = WORKERS + MOST_WORKERS * WORKER_BYTES;
export const CONSTANTS_END = 8192;

/** Address of the first buffer. */
export const HEAP_START = CONSTANTS_END;

/** Virtual address of a thread's scratch memory in checked mode; see `checked/regions.ts`. */
export const SCRATCH_ADDRESS = 2 ** 32 - 2 ** 29;

/** Places of a worker's words, in words. */
export const WORD = {
  state: 0,
  /** Number of the program: the index at which the worker stores it. */
  program: 1,
  place: 2,
  codeAddress: 3,
  codeLength: 4,
  table: 5,
  thread: 6,
  /** Number of the stage before the first one of the run. */
  stage: 7,
  /** Number of memory pages that the main thread sees. */
  pages: 8,
  /** Address of the program's native code: the low half, then the high half; 0 without any. */
  nativeCode: 9,
} as const;

/** States of a worker. It changes itself from `starting` or `work` to `idle`. */
export const STATE = {
  /** Not running: never started, or exited after being idle. */
  absent: 0,
  starting: 1,
  /** Spinning: polls the word. */
  idle: 2,
  /** Sleeping: waits for a notification on the word. */
  asleep: 3,
  /** Claimed by the main thread, which is about to assign work. */
  claimed: 4,
  work: 5,
  exit: 6,
} as const;

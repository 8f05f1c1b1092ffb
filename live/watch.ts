import { escapeControls } from "../checkpoint/mod.ts";
import { findRuns, type RunInfo } from "./find_runs.ts";
import { RunLog } from "./run_log.ts";
import { RunSamples } from "./run_samples.ts";

/** Intervals for polling logs and for scanning folders, in milliseconds. */
const POLL_MS = 400;
const SCAN_MS = 2000;

/** The files of a run that are being read. */
interface RunFiles {
  readonly log: RunLog;
  readonly samples: RunSamples;
}

/** Watches folders for runs. Reads the disk only while there are listeners. */
export class Watch implements AsyncDisposable {
  readonly #folders: readonly string[];
  /** Files by run, and the number of their readers. */
  readonly #files = new Map<string, RunFiles & { readers: number }>();
  #runs: readonly RunInfo[] = [];
  #listeners = 0;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();
  #loop: Promise<void> | undefined;
  #endRest: (() => void) | undefined;
  #scanned = -Infinity;
  /** Read errors of the last poll. */
  #problems: ReadonlySet<string> = new Set();
  #isClosing = false;
  #isClosed = false;

  /** `folders`: folders to watch. They may not contain runs yet. */
  constructor(folders: readonly string[]) {
    this.#folders = folders;
  }

  /** The runs found so far, most recently changed first. */
  get runs(): readonly RunInfo[] {
    return this.#runs;
  }

  /** Whether watching has ended. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Scans for runs immediately. */
  async scan(): Promise<void> {
    this.#scanned = performance.now();
    const runs = await findRuns(this.#folders);
    const isSame = JSON.stringify(runs) === JSON.stringify(this.#runs);
    this.#runs = runs;
    if (!isSame) this.#notify();
  }

  /** Follows a run until the returned object is disposed; `undefined` if there is no such run. */
  follow(id: string): Disposable & RunFiles | undefined {
    const run = this.#runs.find((run) => run.id === id);
    if (!run) return undefined;
    const entry = this.#files.get(id) ??
      { log: new RunLog(`${id}/metrics.jsonl`), samples: new RunSamples(run), readers: 0 };
    this.#files.set(id, entry);
    entry.readers++;
    this.#endRest?.();
    const dispose = () => {
      if (--entry.readers === 0) this.#files.delete(id);
    };
    return { log: entry.log, samples: entry.samples, [Symbol.dispose]: dispose };
  }

  /** Listens until the returned object is disposed. */
  listen(): Disposable {
    this.#listeners++;
    this.#loop ??= this.#run();
    return {
      [Symbol.dispose]: () => {
        this.#listeners--;
        this.#notify();
      },
    };
  }

  /** Resolves when there may be something new. */
  changed(): Promise<void> {
    return this.#wake.promise;
  }

  /** Reads everything once more, and then notifies listeners of the end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    this.#endRest?.();
    await this.#loop;
    await this.#pollAll();
    this.#isClosed = true;
    this.#notify();
  }

  async #run(): Promise<void> {
    while (this.#listeners > 0 && !this.#isClosing) {
      await this.#pollAll();
      await this.#rest();
    }
    this.#loop = undefined;
  }

  async #rest(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, POLL_MS);
    this.#endRest = resolve;
    await promise;
    clearTimeout(timer);
    this.#endRest = undefined;
  }

  /**
   * Scans and polls. A read error is not fatal: the disk may be readable again later. Waits for all
   * files even if some fail, so that no log is read twice at the same time.
   */
  async #pollAll(): Promise<void> {
    const isDue = performance.now() - this.#scanned > SCAN_MS || this.#isClosing;
    const scanned = await Promise.allSettled(isDue ? [this.scan()] : []);
    const polled = await Promise.allSettled(
      [...this.#files.values()].flatMap(({ log, samples }) => [log.poll(), samples.poll()]),
    );
    if (polled.some((poll) => poll.status === "fulfilled" && poll.value)) this.#notify();
    this.#warn(
      [...scanned, ...polled].flatMap((result) =>
        result.status === "rejected" ? messageOf(result.reason) : []
      ),
    );
  }

  /** Warns about read errors, once for as long as they persist. */
  #warn(problems: readonly string[]): void {
    for (const problem of new Set(problems).difference(this.#problems)) {
      warn(`cannot update the live page: ${problem}`);
    }
    this.#problems = new Set(problems);
  }

  #notify(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

/** Shows a warning. Ignores failures to write to standard error. */
function warn(text: string): void {
  try {
    console.error(`warning: ${escapeControls(text)}`);
  } catch {
    // standard error is closed or its disk is full
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import { escapeControls } from "../checkpoint/mod.ts";
import { findRuns, type RunInfo } from "./find_runs.ts";
import { RunLog } from "./run_log.ts";

/** How often the logs are looked at, and how often the folders. */
const POLL_MS = 400;
const SCAN_MS = 2000;

/** The runs below some folders. The disk is looked at only while somebody listens. */
export class Watch implements AsyncDisposable {
  readonly #folders: readonly string[];
  /** Logs that somebody reads, and by how many. */
  readonly #logs = new Map<string, { readonly log: RunLog; readers: number }>();
  #runs: readonly RunInfo[] = [];
  #listeners = 0;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();
  #loop: Promise<void> | undefined;
  #endRest: (() => void) | undefined;
  #scanned = -Infinity;
  /** What could not be read the last time. */
  #problems: ReadonlySet<string> = new Set();
  #isClosing = false;
  #isClosed = false;

  /** Watches these folders, whether there is a run in them by now or not. */
  constructor(folders: readonly string[]) {
    this.#folders = folders;
  }

  /** The runs that were found, the one that changed last first. */
  get runs(): readonly RunInfo[] {
    return this.#runs;
  }

  /** Will there be nothing new any more? */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Looks for runs at once. */
  async scan(): Promise<void> {
    this.#scanned = performance.now();
    const runs = await findRuns(this.#folders);
    const isSame = JSON.stringify(runs) === JSON.stringify(this.#runs);
    this.#runs = runs;
    if (!isSame) this.#notify();
  }

  /** Follows a run until the returned object is disposed of; `undefined` if there is none. */
  follow(id: string): Disposable & { readonly log: RunLog } | undefined {
    if (!this.#runs.some((run) => run.id === id)) return undefined;
    const entry = this.#logs.get(id) ?? { log: new RunLog(`${id}/metrics.jsonl`), readers: 0 };
    this.#logs.set(id, entry);
    entry.readers++;
    this.#endRest?.();
    const dispose = () => {
      if (--entry.readers === 0) this.#logs.delete(id);
    };
    return { log: entry.log, [Symbol.dispose]: dispose };
  }

  /** Listens until the returned object is disposed of. */
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

  /** Looks at everything once more, and tells the listeners that this was all. */
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
   * A disk that cannot be read now may be readable later: the page only stays as it is. All logs
   * are waited for, whatever becomes of the others: none may be read twice at a time.
   */
  async #pollAll(): Promise<void> {
    const isDue = performance.now() - this.#scanned > SCAN_MS || this.#isClosing;
    const scanned = await Promise.allSettled(isDue ? [this.scan()] : []);
    const polled = await Promise.allSettled(
      [...this.#logs.values()].map(({ log }) => log.poll()),
    );
    if (polled.some((poll) => poll.status === "fulfilled" && poll.value)) this.#notify();
    this.#warn(
      [...scanned, ...polled].flatMap((result) =>
        result.status === "rejected" ? messageOf(result.reason) : []
      ),
    );
  }

  /** Says what cannot be read, once for as long as it stays so. */
  #warn(problems: readonly string[]): void {
    for (const problem of new Set(problems).difference(this.#problems)) {
      warn(`the live page cannot be brought up to date: ${problem}`);
    }
    this.#problems = new Set(problems);
  }

  #notify(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

/** Shows a warning. The page stays up even where standard error cannot be written. */
function warn(text: string): void {
  try {
    console.error(`warning: ${escapeControls(text)}`);
  } catch {
    // the terminal or its disk is gone, and there is nothing to say it on
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

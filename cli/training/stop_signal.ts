/** Signals after which a run saves and exits, with the exit code that shells use for each. */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Signals within this many milliseconds count as one: a terminal sends Ctrl-C to every process of a
 * command, and the parent processes forward it. On a busy machine the copies arrive late, and must
 * not look like a second Ctrl-C, which ends the run without saving.
 */
const ONE_REQUEST_MS = 1000;

type StoppingSignal = keyof typeof exitCodes;

/** Whether a process with this exit code was stopped by a signal and has saved its results. */
export function isStopped(exitCode: number): boolean {
  return Object.values<number>(exitCodes).includes(exitCode);
}

/**
 * Turns Ctrl-C, SIGTERM, and the hangup of a closed terminal into a request to stop after the
 * current step. A Ctrl-C after that ends the process at once. SIGTERM and hangups never do: schedulers
 * and closed terminals may send several, and each launcher on the way forwards them. Whoever wants to
 * end the process at once sends SIGKILL.
 */
export class StopSignal implements Disposable {
  #exitCode: number | undefined;
  #lastMs = -Infinity;
  readonly #listeners: ReadonlyMap<StoppingSignal, () => void>;
  readonly #announce: () => void;

  /** `announce` is called at the first signal. */
  constructor(announce: () => void) {
    this.#announce = announce;
    this.#listeners = new Map(
      signalsToHandle().map((signal) => [signal, () => this.#handle(signal)] as const),
    );
    for (const [signal, listener] of this.#listeners) Deno.addSignalListener(signal, listener);
  }

  /** The exit code to use, after a signal. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
  }

  #handle(signal: StoppingSignal): void {
    const now = performance.now();
    if (now - this.#lastMs < ONE_REQUEST_MS) return;
    this.#lastMs = now;
    if (this.#exitCode !== undefined) {
      if (signal === "SIGINT") Deno.exit(exitCodes[signal]);
      return;
    }
    this.#exitCode = exitCodes[signal];
    this.#announce();
  }
}

function signalsToHandle(): readonly StoppingSignal[] {
  if (Deno.build.os === "windows") return ["SIGINT"];
  return isHangupIgnored() ? ["SIGINT", "SIGTERM"] : ["SIGINT", "SIGTERM", "SIGHUP"];
}

/** Whether the process was started by `nohup`. Known only on Linux, with `--allow-all`. */
function isHangupIgnored(): boolean {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
    return (BigInt(`0x${ignored}`) & 1n) === 1n;
  } catch {
    return false;
  }
}

/** Turns Ctrl-C into a wish to stop after the current step; the second one ends at once. */
export class StopSignal implements Disposable {
  #exitCode: number | undefined;
  readonly #onInterrupt = () => this.#ask(130);
  readonly #onTerminate = () => this.#ask(143);
  readonly #announce: () => void;

  /** `announce` is called at the first signal. */
  constructor(announce: () => void) {
    this.#announce = announce;
    Deno.addSignalListener("SIGINT", this.#onInterrupt);
    if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", this.#onTerminate);
  }

  /** The exit code that was asked for, once a signal came. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    Deno.removeSignalListener("SIGINT", this.#onInterrupt);
    if (Deno.build.os !== "windows") Deno.removeSignalListener("SIGTERM", this.#onTerminate);
  }

  #ask(exitCode: number): void {
    if (this.#exitCode !== undefined) Deno.exit(exitCode);
    this.#exitCode = exitCode;
    this.#announce();
  }
}

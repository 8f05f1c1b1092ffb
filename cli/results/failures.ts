import { CommandError } from "../errors.ts";

/** Collects errors, to be reported after the results. */
export class Failures {
  readonly #errors: Error[] = [];

  /** Runs `work`. If it throws, keeps the error and resolves to `undefined`. */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#errors.push(error);
      return undefined;
    }
  }

  /** Whether there were no errors. */
  get isEmpty(): boolean {
    return this.#errors.length === 0;
  }

  /**
   * Throws if there were errors.
   * @throws {CommandError} with the distinct messages of all errors
   */
  report(): void {
    if (!this.isEmpty) throw new CommandError(this.text, { cause: this.#errors[0] });
  }

  /** The distinct messages of all errors. */
  get text(): string {
    return [...new Set(this.#errors.map(({ message }) => message))].join("; ");
  }
}

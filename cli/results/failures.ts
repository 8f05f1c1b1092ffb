import { CommandError } from "../errors.ts";

/** What went wrong on the way to the results, to be reported after them. */
export class Failures {
  readonly #errors: Error[] = [];

  /** Runs a part of the work; an error of it is kept, and the result is `undefined` then. */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#errors.push(error);
      return undefined;
    }
  }

  /** Has everything gone well? */
  get isEmpty(): boolean {
    return this.#errors.length === 0;
  }

  /**
   * Reports what was kept, if anything was.
   * @throws {CommandError} with the messages of all errors that differ
   */
  report(): void {
    if (!this.isEmpty) throw new CommandError(this.text, { cause: this.#errors[0] });
  }

  /** The messages of all errors that differ. */
  get text(): string {
    return [...new Set(this.#errors.map(({ message }) => message))].join("; ");
  }
}

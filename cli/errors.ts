/** The command was called in a wrong way: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The command cannot go on: exit code 1, one line. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
}

/** Training came to a loss that is infinite or not a number. */
export class DivergedError extends CommandError {}

/** The user asked to stop: exit code 130 (SIGINT) or 143 (SIGTERM). */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

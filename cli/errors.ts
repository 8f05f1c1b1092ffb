/** The command line is invalid: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The command failed: exit code 1, one line. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
}

/** The training loss became infinite or NaN. */
export class DivergedError extends CommandError {}

/** The user stopped the command: exit code 130 (SIGINT) or 143 (SIGTERM). */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

import { note } from "./output.ts";
import { CommandError, Interrupted, UsageError } from "./errors.ts";

/** Prints an error as one line, or with its stack trace in debug mode. Returns the exit code. */
export function reportError(error: unknown, debug: boolean): number {
  if (!(error instanceof Error)) throw error;
  note(debug ? Deno.inspect(error) : describeError(error));
  return exitCodeOf(error);
}

/** The exit code of a command that fails with this error. */
export function exitCodeOf(error: Error): number {
  if (error instanceof Interrupted) return error.exitCode;
  return error instanceof UsageError ? 2 : 1;
}

/** An error as one line. */
export function describeError(error: Error): string {
  return `${labelFor(error)}${oneLine(error)}`;
}

function labelFor(error: Error): string {
  if (error instanceof Interrupted) return "";
  if (error instanceof UsageError || error instanceof CommandError) return "error: ";
  // errors of the library explain themselves; others need their name
  return error.message.startsWith("Cannot ") ? "error: " : `error: ${error.name}: `;
}

function oneLine({ name, message }: Error): string {
  // the message about a missing dataset is meant to have several lines
  return name === "DatasetError" ? message : message.trim().replace(/\s*\n\s*/g, " ");
}

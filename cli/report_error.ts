import { note } from "./output.ts";
import { plain, prose, type Span, type Styled } from "./styled.ts";
import { CommandError, Interrupted, UsageError } from "./errors.ts";

/** Prints an error as one line, or with its stack trace in debug mode. Returns the exit code. */
export function reportError(error: unknown, debug: boolean): number {
  if (!(error instanceof Error)) throw error;
  note(debug ? Deno.inspect(error) : styledError(error));
  return exitCodeOf(error);
}

/** The exit code of a command that fails with this error. */
export function exitCodeOf(error: Error): number {
  if (error instanceof Interrupted) return error.exitCode;
  return error instanceof UsageError ? 2 : 1;
}

/** An error as one line. */
export function describeError(error: Error): string {
  return plain(styledError(error));
}

function styledError(error: Error): Styled {
  return [...labelFor(error), prose(oneLine(error))];
}

function labelFor(error: Error): readonly (string | Span)[] {
  if (error instanceof Interrupted) return [];
  const label = { text: "error: ", style: "error" } as const;
  if (error instanceof UsageError || error instanceof CommandError) return [label];
  // errors of the library explain themselves; others need their name
  return error.message.startsWith("Cannot ") ? [label] : [label, `${error.name}: `];
}

function oneLine({ name, message }: Error): string {
  // the message about a missing dataset is meant to have several lines
  return name === "DatasetError" ? message : message.trim().replace(/\s*\n\s*/g, " ");
}

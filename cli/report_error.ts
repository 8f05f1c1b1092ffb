import { note } from "./output.ts";
import { CommandError, Interrupted, UsageError } from "./errors.ts";

/** Prints one line, or everything in debug mode; returns the exit code. */
export function reportError(error: unknown, debug: boolean): number {
  if (!(error instanceof Error)) throw error;
  note(debug ? Deno.inspect(error) : `${labelFor(error)}${oneLine(error)}`);
  if (error instanceof Interrupted) return error.exitCode;
  return error instanceof UsageError ? 2 : 1;
}

function labelFor(error: Error): string {
  if (error instanceof Interrupted) return "";
  if (error instanceof UsageError || error instanceof CommandError) return "error: ";
  // the library's own errors say what is wrong; others are ours to explain
  return error.message.startsWith("Cannot ") ? "error: " : `error: ${error.name}: `;
}

function oneLine({ name, message }: Error): string {
  // how to get a dataset takes a few lines, written to be read as they are
  return name === "DatasetError" ? message : message.trim().replace(/\s*\n\s*/g, " ");
}

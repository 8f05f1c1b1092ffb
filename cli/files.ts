import { writeFileAtomic } from "../checkpoint/mod.ts";
import { CommandError } from "./errors.ts";
import { firstLine } from "../graph/first_line.ts";

/** Writes a text file atomically. */
export function writeText(path: string, text: string): Promise<void> {
  return writeFileAtomic(path, new TextEncoder().encode(text));
}

/** Writes a value as a JSON file with indentation, atomically. */
export function writeJson(path: string, value: object): Promise<void> {
  return writeText(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Makes a folder, with those above it, unless it exists.
 * @throws {CommandError} naming the folder
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw folderError("make", path, error);
  }
}

/** The error of an action on a folder. */
export function folderError(action: string, path: string, cause: unknown): CommandError {
  const reason = cause instanceof Deno.errors.NotCapable
    ? "permission not granted: run deno with --allow-read and --allow-write for it"
    : firstLine(cause);
  return new CommandError(`Cannot ${action} the folder ${path}: ${reason}`, { cause });
}

import type { z } from "zod";
import { FileError, parseJson, readFileChecked, writeFileAtomic } from "../checkpoint/mod.ts";
import { CommandError } from "./errors.ts";
import { firstLine } from "../graph/first_line.ts";

/** Writes a text file atomically. */
export function writeText(path: string, text: string): Promise<void> {
  return writeFileAtomic(path, new TextEncoder().encode(text));
}

/** Writes texts into a folder, by the names of their files. */
export async function writeTexts(
  folder: string,
  texts: ReadonlyMap<string, string>,
): Promise<void> {
  for (const [name, text] of texts) await writeText(`${folder}/${name}`, text);
}

/** Whether there is a file or folder at this path that can be looked at. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
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

/** Reads a text file; `undefined` if there is none. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await readFileChecked(path));
  } catch (error) {
    if (error instanceof FileError && error.reason === "not found") return undefined;
    throw error;
  }
}

/**
 * Reads a JSON file; `undefined` if there is none.
 * @param what what the file must be, for the error
 * @throws {CommandError} if it is not JSON, or does not match the schema
 */
export async function readJson<T>(
  path: string,
  schema: z.ZodType<T>,
  what = "what a run writes",
): Promise<T | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  const result = schema.safeParse(jsonOf(path, text));
  if (result.success) return result.data;
  const { path: place = [], message = "" } = result.error.issues[0] ?? {};
  const where = place.length === 0 ? "" : ` at ${place.join(".")}`;
  throw new CommandError(`Cannot read ${path}: it is not ${what}${where}: ${message}`);
}

function jsonOf(path: string, text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    const reason = firstLine(cause);
    throw new CommandError(`Cannot read ${path}: it must be JSON: ${reason}`, { cause });
  }
}

import { CommandError } from "../cli/errors.ts";

/** A folder that holds results. */
export interface Found {
  readonly kind: "run" | "reproduction";
  readonly path: string;
}

/** Results lie at most this many folders below the one that is searched. */
const DEEPEST = 5;

/**
 * Runs and reproductions in a folder and below it, by name; the runs of a reproduction belong
 * to it and are not listed.
 * @throws {CommandError} if there is no such folder
 */
export async function findResults(path: string, depth = 0): Promise<readonly Found[]> {
  const entries = await entriesOf(path);
  const has = (name: string) => entries.some((entry) => entry.name === name && entry.isFile);
  if (has("summary.json")) return [{ kind: "reproduction", path }];
  if (has("config.json") && has("metrics.jsonl")) return [{ kind: "run", path }];
  if (depth >= DEEPEST) return [];
  const below = entries.filter(({ name, isDirectory }) => isDirectory && !name.startsWith("."))
    .map(({ name }) => name).toSorted();
  const found: Found[] = [];
  for (const name of below) found.push(...await findResults(`${path}/${name}`, depth + 1));
  return found;
}

async function entriesOf(path: string): Promise<readonly Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(path));
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "there is no such folder"
      : cause instanceof Deno.errors.NotADirectory
      ? "it is not a folder"
      : cause instanceof Error
      ? cause.message.split("\n")[0]
      : String(cause);
    throw new CommandError(`Cannot look for results in ${path}: ${reason}`, { cause });
  }
}

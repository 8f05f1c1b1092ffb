import { CommandError } from "../cli/errors.ts";
import { firstLine } from "../graph/first_line.ts";

/** A folder with results. */
export interface Found {
  readonly kind: "run" | "reproduction";
  readonly path: string;
}

/** Maximum depth of results below the searched folder. */
const DEEPEST = 5;

/**
 * Finds runs and reproductions in a folder and below it, sorted by name. The runs of a reproduction
 * are not listed separately.
 * @throws {CommandError} if the folder does not exist or cannot be read
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
      ? "it does not exist"
      : cause instanceof Deno.errors.NotADirectory
      ? "it is not a folder"
      : firstLine(cause);
    throw new CommandError(`Cannot search ${path} for results: ${reason}`, { cause });
  }
}

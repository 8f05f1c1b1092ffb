import { parseJson } from "../checkpoint/mod.ts";
/** What the page shows of a run besides its curves. */
export interface RunInfo {
  /** Path of its folder. */
  readonly id: string;
  /** Was this very folder asked for, and not one that it lies in? */
  readonly isNamed: boolean;
  /** Model and dataset. */
  readonly title: string;
  /** Names of its optimizers. */
  readonly arms: readonly string[];
  /** Number of epochs, if that decides how long it is; else of steps. */
  readonly length: { readonly epochs: number } | { readonly steps: number } | null;
  /** Time of the last line, in milliseconds. */
  readonly changed: number;
}

/** How deep runs may lie in a folder: results/fig4/h-16/seed-1. */
const DEPTH = 4;

/** All runs at or below these folders, the one that changed last first. */
export async function findRuns(folders: readonly string[]): Promise<readonly RunInfo[]> {
  const found = new Map<string, RunInfo>();
  const visit = async (path: string, depth: number): Promise<void> => {
    const run = await readRun(path, depth === DEPTH);
    if (run) {
      if (!found.get(run.id)?.isNamed) found.set(run.id, run);
    } else if (depth > 0) {
      for (const name of await subfolders(path)) await visit(`${path}/${name}`, depth - 1);
    }
  };
  for (const path of folders) await visit(path.replace(/(.)[\\/]+$/, "$1"), DEPTH);
  return [...found.values()].toSorted((a, b) => b.changed - a.changed);
}

/** The run in this very folder, if there is one. */
async function readRun(path: string, isNamed: boolean): Promise<RunInfo | undefined> {
  const text = await Deno.readTextFile(`${path}/config.json`).catch(unreadable);
  const config = parseObject(text ?? "");
  if (!config || !isNames(config.optimizer)) return undefined;
  const stat = await Deno.stat(`${path}/metrics.jsonl`).catch(unreadable);
  if (!stat) return undefined;
  const { model, dataset, epochs, steps } = config;
  return {
    id: path,
    isNamed,
    title: `${shown(model)} on ${shown(dataset)}`,
    arms: config.optimizer,
    length: typeof steps === "number" ? { steps } : typeof epochs === "number" ? { epochs } : null,
    changed: stat.mtime?.getTime() ?? 0,
  };
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : "?";
}

async function subfolders(path: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(path)) if (isDirectory) names.push(name);
  } catch (error) {
    unreadable(error);
  }
  return names.toSorted();
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const data: unknown = parseJson(text);
    return typeof data === "object" && data !== null ? { ...data } : undefined;
  } catch {
    return undefined;
  }
}

/** Folders come and go, and not all may be ours to read: then there is no run to show. */
function unreadable(error: unknown): undefined {
  const { NotFound, NotADirectory, PermissionDenied } = Deno.errors;
  const expected = [NotFound, NotADirectory, PermissionDenied];
  if (!expected.some((kind) => error instanceof kind)) throw error;
}

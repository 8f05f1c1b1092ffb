import { parseJson } from "../checkpoint/mod.ts";
import { trimSlashes } from "../checkpoint/trim_slashes.ts";
/** Information about a run, without its metrics. */
export interface RunInfo {
  /** Path of its folder. */
  readonly id: string;
  /** Whether this folder itself was requested, and not a parent of it. */
  readonly isNamed: boolean;
  /** Title: name, if it has one, model, and dataset. */
  readonly title: string;
  /** What it computes on, and its length, in a sentence of `run.json`; empty if it is not known. */
  readonly about: string;
  /** Names of its optimizers. */
  readonly arms: readonly string[];
  /** Length in epochs or steps, if known. */
  readonly length: { readonly epochs: number } | { readonly steps: number } | null;
  /** Time of the last line, in milliseconds. */
  readonly changed: number;
  /** All settings, as in `config.json`. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Maximum depth of runs in a folder: results/fig4/h-16/seed-1. */
const DEPTH = 4;

/** Finds all runs in these folders and below, most recently changed first. */
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
  for (const path of folders) await visit(trimSlashes(path), DEPTH);
  return [...found.values()].toSorted((a, b) => b.changed - a.changed);
}

/** Reads the run in this folder, if there is one. */
async function readRun(path: string, isNamed: boolean): Promise<RunInfo | undefined> {
  const text = await Deno.readTextFile(`${path}/config.json`).catch(unreadable);
  const config = parseObject(text ?? "");
  if (!config || !isNames(config.optimizer)) return undefined;
  const stat = await Deno.stat(`${path}/metrics.jsonl`).catch(unreadable);
  if (!stat) return undefined;
  const { name, model, dataset, epochs, steps } = config;
  return {
    id: path,
    isNamed,
    title: `${typeof name === "string" ? `${name}: ` : ""}${shown(model)} on ${shown(dataset)}`,
    about: await aboutOf(path),
    arms: config.optimizer,
    length: typeof steps === "number" ? { steps } : typeof epochs === "number" ? { epochs } : null,
    changed: stat.mtime?.getTime() ?? 0,
    config,
  };
}

/** The first of the facts of a run, which it writes before it trains. */
async function aboutOf(path: string): Promise<string> {
  const text = await Deno.readTextFile(`${path}/run.json`).catch(unreadable);
  const facts = parseObject(text ?? "")?.facts;
  return isNames(facts) ? facts[0] ?? "" : "";
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

/** Ignores folders that have disappeared or may not be read. */
function unreadable(error: unknown): undefined {
  const { NotFound, NotADirectory, PermissionDenied } = Deno.errors;
  const expected = [NotFound, NotADirectory, PermissionDenied];
  if (!expected.some((kind) => error instanceof kind)) throw error;
}
